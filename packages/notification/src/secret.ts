import { requireStrongSecret, type PluginContext } from '@objectos/spec/contracts';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { NotificationConfig } from './config.js';
import { createSealer, type Sealer } from './sealer.js';

const KEY = 'secret';

/**
 * The secret of this installation: the configured one, else one that is made once and kept.
 *
 * @throws `secret_weak`
 */
export async function openSealer({
  config,
  storage,
}: Pick<PluginContext<NotificationConfig>, 'config' | 'storage'>): Promise<Sealer> {
  const open = (secret: string): Sealer =>
    createSealer(requireStrongSecret('secret of @objectos/notification', secret));
  if (config.secret !== undefined) return open(config.secret);
  const made = randomBytes(48).toString('base64');
  return open(z.string().parse(await storage.setIfAbsent(KEY, made)));
}
