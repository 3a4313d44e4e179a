import type { PluginContext } from '@objectos/spec/contracts';
import { createECDH } from 'node:crypto';
import { z } from 'zod';
import type { NotificationConfig } from '../config.js';

const KEY = 'vapid';
const keysSchema = z.strictObject({ publicKey: z.string(), privateKey: z.string() });

/** By which push services know this installation (RFC 8292). */
export interface VapidKeys extends z.output<typeof keysSchema> {
  /** Whom their operators may write to: `mailto:` or `https:`. */
  readonly subject: string;
}

/** The keys of the configuration, else ones that are made once and kept. */
export async function openVapidKeys({
  config,
  storage,
}: Pick<PluginContext<NotificationConfig>, 'config' | 'storage'>): Promise<VapidKeys> {
  const { push, from } = config;
  const subject = push.subject ?? `mailto:${/<([^>]+)>/.exec(from)?.[1] ?? from}`;
  const { publicKey, privateKey } = push;
  if (publicKey !== undefined && privateKey !== undefined)
    return { subject, publicKey, privateKey };
  const kept = (await storage.get(KEY)) ?? (await storage.setIfAbsent(KEY, newKeys()));
  return { subject, ...keysSchema.parse(kept) };
}

/** 32 bytes, also when the number is a small one. */
function toText(key: Buffer): string {
  return Buffer.concat([Buffer.alloc(32 - key.length), key]).toString('base64url');
}

/** A point on P-256 without compression, and its number, as RFC 8292 has them. */
function newKeys(): z.output<typeof keysSchema> {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64url');
  return { publicKey, privateKey: toText(pair.getPrivateKey()) };
}
