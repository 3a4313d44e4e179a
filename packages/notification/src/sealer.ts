import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Keeps texts from being read, and tokens from being made, by whoever lacks the secret. */
export interface Sealer {
  /** Encrypts. */
  seal(text: string): string;
  /** The text; `undefined` for what was not sealed with this secret. */
  open(sealed: string): string | undefined;
  /** A token that carries text for all to read and cannot be made by others. */
  sign(text: string): string;
  /** The text of a token; `undefined` unless it was signed with this secret. */
  verify(token: string): string | undefined;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Makes the keys of a secret. */
export function createSealer(secret: string): Sealer {
  const key = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `objectos notification ${use}`, 32));
  const sealKey = key('seal');
  const signKey = key('sign');
  const mac = (text: string): Buffer =>
    createHmac('sha256', signKey).update(text).digest().subarray(0, 16);
  return {
    seal(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv);
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const content = bytes.subarray(IV_BYTES + TAG_BYTES);
      try {
        return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8');
      } catch {
        // The tag does not fit: another secret, or somebody changed it.
        return undefined;
      }
    },
    sign(text) {
      const body = Buffer.from(text).toString('base64url');
      return `${body}.${mac(body).toString('base64url')}`;
    },
    verify(token) {
      const [body = '', given = ''] = token.split('.');
      const signature = Buffer.from(given, 'base64url');
      const right = mac(body);
      if (signature.length !== right.length || !timingSafeEqual(signature, right)) return undefined;
      return Buffer.from(body, 'base64url').toString('utf8');
    },
  };
}
