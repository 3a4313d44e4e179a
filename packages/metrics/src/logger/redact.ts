/** What stands where a secret was. */
export const HIDDEN = '[hidden]';

/** Names of fields whose values are secrets, whatever they hold; compared without case, `-` and `_`. */
const SECRET_NAME =
  /(?:password|passwd|passphrase|secret|token|apikey|privatekey|credentials?|authorization|cookie|dsn|sessionid|otp|totp)$/;

/** Headers that tell nothing about who asked. All others are hidden. */
const PLAIN_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'traceparent',
  'user-agent',
  'x-request-id',
]);

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 8_192;

/** Secrets in running text: passwords in URLs, credentials of headers, tokens in query strings. */
const IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${HIDDEN}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  [
    /(\/(?:reset-password|unsubscribe|verify-email|accept-invitation|magic-link|setup)\/)[^/?#\s"']+/gi,
    `$1${HIDDEN}`,
  ],
  [/([?&][\w.-]*(?:token|secret|password|key|code|signature)=)[^&\s"']+/gi, `$1${HIDDEN}`],
];

/** Text without the secrets that can be told by their form. */
export function redactText(text: string): string {
  let result = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  for (const [pattern, replacement] of IN_TEXT) result = result.replace(pattern, replacement);
  return result;
}

/** A copy of log fields without secrets, cut to a sensible depth; errors become plain values. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactRecord(fields, 0);
}

function redactRecord(record: object, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    result[name] = redactNamed(name, value, depth);
  }
  return result;
}

function redactNamed(name: string, value: unknown, depth: number): unknown {
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  if (SECRET_NAME.test(plain)) return value === null ? null : HIDDEN;
  if (plain === 'headers' && typeof value === 'object' && value !== null) {
    return redactHeaders(value);
  }
  return redactValue(value, depth);
}

function redactValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : redactObject(value, depth);
    default:
      return value;
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[array]' : '[object]';
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1));
  }
  return redactRecord(value, depth + 1);
}

/** What an error says and where it came from; of catalogue errors the code, not their values. */
function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const below = depth < MAX_DEPTH && cause !== undefined;
  return {
    name,
    message: redactText(message),
    ...code,
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(below ? { cause: redactValue(cause, depth + 1) } : {}),
  };
}

function redactHeaders(headers: object): Record<string, unknown> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(
    entries.map(([name, value]: [string, unknown]) => [
      name,
      PLAIN_HEADERS.has(name.toLowerCase()) ? value : HIDDEN,
    ]),
  );
}
