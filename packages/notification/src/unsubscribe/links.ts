import { z } from 'zod';
import type { UnsubscribeLinks } from '../channels/email.js';
import type { Parts } from '../parts.js';
import { choose } from '../preferences/store.js';
import type { Sealer } from '../sealer.js';
import { suppress } from '../suppression/store.js';
import { iso } from '../parts.js';

/** Who gets out of what: the content of a link. */
const tokenSchema = z.strictObject({
  u: z.string().nullable(),
  a: z.string(),
  t: z.string(),
});

/** Who gets out of what. */
export type Unsubscription = z.output<typeof tokenSchema>;

/** Path of the page, below `/api/notifications`. */
export const UNSUBSCRIBE_PATH = '/api/notifications/unsubscribe';

/** Signed links. There is none where the message must be sent, and while nobody knows our origin. */
export function createLinks(
  { topics, origin }: Pick<Parts, 'topics' | 'origin'>,
  sealer: () => Sealer,
): UnsubscribeLinks {
  return {
    of({ delivery, notification }) {
      const base = origin();
      const topic = topics.get(delivery.topic);
      if (base === undefined || delivery.address === null) return undefined;
      if (topic.mandatory === true || notification.severity === 'critical') return undefined;
      const content: Unsubscription = {
        u: delivery.user_id,
        a: delivery.address,
        t: delivery.topic,
      };
      return new URL(`${UNSUBSCRIBE_PATH}/${sealer().sign(JSON.stringify(content))}`, base).href;
    },
  };
}

/** What a token says; `undefined` for one that is not ours. */
export function readToken(token: string, sealer: Sealer): Unsubscription | undefined {
  const text = sealer.verify(token);
  return text === undefined ? undefined : tokenSchema.parse(JSON.parse(text));
}

/** Takes somebody out of the mails of a topic: a user by choice, an address by suppression. */
export async function unsubscribe(
  { database, ctx, now }: Pick<Parts, 'database' | 'ctx' | 'now'>,
  { u: userId, a: address, t: topic }: Unsubscription,
): Promise<void> {
  const at = iso(now());
  await database.transaction(ctx, async (session) => {
    if (userId === null) {
      await suppress(session, { channel: 'email', address, topic, reason: 'unsubscribed', at });
      return;
    }
    const about = {
      userId,
      tenantId: null,
      scope: 'topic',
      name: topic,
      channel: 'email',
    } as const;
    await choose(session, about, { choice: 'off', at });
  });
}
