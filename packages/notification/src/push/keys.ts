import type { PluginContext } from '@objectos/spec/contracts';
import webPush from 'web-push';
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
  const kept = await storage.setIfAbsent(KEY, webPush.generateVAPIDKeys());
  return { subject, ...keysSchema.parse(kept) };
}
