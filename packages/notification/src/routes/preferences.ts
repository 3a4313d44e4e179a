import {
  NOTIFICATION_CHANNELS,
  type PluginContext,
  readBody,
  type Route,
} from '@objectos/spec/contracts';
import { z } from 'zod';
import { channelsOf, decide } from '../preferences/decide.js';
import {
  clientPreferencesSchema,
  DIGESTS,
  fromClientPreferences,
  toClientPreferences,
  type Change,
} from '../preferences/client-format.js';
import {
  choicesOfTenant,
  choicesOfUsers,
  choose,
  keepProfile,
  profileOf,
} from '../preferences/store.js';
import { CHOICES, SCOPES, type PreferenceRow } from '../preferences/tables.js';
import { iso, type Parts } from '../parts.js';
import { requireManager, routesAt, userOf, type Asked } from './support.js';

const PERSONAL = NOTIFICATION_CHANNELS.filter((channel) => channel !== 'webhook');

const choiceSchema = z
  .strictObject({
    scope: z.enum(SCOPES),
    name: z.string().max(100).default(''),
    channel: z.enum([...PERSONAL, '*']).default('*'),
    /** `null` forgets the choice. */
    choice: z.enum(CHOICES).nullable(),
  })
  .refine(({ scope, name }) => (scope === 'all') === (name === ''), {
    path: ['name'],
    message: 'topics and categories have one, "all" has none',
  });
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time such as "22:00"');
const profileSchema = z.strictObject({
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, 'a language such as "de" or "pt-BR"')
    .nullable()
    .optional(),
  timeZone: z
    .string()
    .refine(isTimeZone, 'an IANA time zone such as "Europe/Berlin"')
    .nullable()
    .optional(),
  quietFrom: time.nullable().optional(),
  quietTo: time.nullable().optional(),
  digestMinutes: z.int().min(1).max(DIGESTS.weekly).nullable().optional(),
});

/** What people choose for themselves, and managers for their organization. */
export function preferenceRoutes(ctx: PluginContext, parts: Parts): Route[] {
  const { database } = parts;
  const own = async (userId: string): Promise<readonly PreferenceRow[]> =>
    (await choicesOfUsers(database.reader, [userId])).get(userId) ?? [];
  const keep = (owner: { userId: string | null; tenantId: string | null }, changes: Change[]) =>
    database.transaction(parts.ctx, async (session) => {
      for (const { choice, ...about } of changes) {
        await choose(session, { ...owner, ...about }, { choice, at: iso(parts.now()) });
      }
    });
  const clientForm = async (userId: string) => ({
    preferences: toClientPreferences(await own(userId), await profileOf(database.reader, userId)),
  });
  const update = async (asked: Asked) => {
    const userId = userOf(asked);
    const { preferences } = await readBody(asked.request, clientPreferencesSchema);
    await keep({ userId, tenantId: null }, fromClientPreferences(preferences));
    const { digest } = preferences;
    if (digest !== undefined && digest !== 'none') {
      await database.transaction(parts.ctx, (session) =>
        keepProfile(session, userId, { digest_minutes: DIGESTS[digest] }),
      );
    }
    return clientForm(userId);
  };
  return [
    ...routesAt('GET', '/preferences', (asked) => clientForm(userOf(asked))),
    ...routesAt('PATCH', '/preferences', update),
    ...routesAt('PUT', '/preferences', update),
    ...routesAt('GET', '/choices', async (asked) => ({
      topics: effective(parts, {
        own: await own(userOf(asked)),
        organization: await choicesOfTenant(database.reader, asked.context.principal.tenantId),
      }),
      choices: (await own(userOf(asked))).map(toChoice),
    })),
    ...routesAt('PUT', '/choices', async (asked) => {
      const userId = userOf(asked);
      await keep({ userId, tenantId: null }, [await readBody(asked.request, choiceSchema)]);
      return { choices: (await own(userId)).map(toChoice) };
    }),
    ...routesAt('GET', '/choices/organization', async (asked) => {
      await requireManager(ctx, asked);
      const rows = await choicesOfTenant(database.reader, asked.context.principal.tenantId);
      return { choices: rows.map(toChoice) };
    }),
    ...routesAt('PUT', '/choices/organization', async (asked) => {
      await requireManager(ctx, asked);
      const { tenantId } = asked.context.principal;
      await keep({ userId: null, tenantId }, [await readBody(asked.request, choiceSchema)]);
      return { choices: (await choicesOfTenant(database.reader, tenantId)).map(toChoice) };
    }),
    ...routesAt('GET', '/profile', async (asked) =>
      toProfile(await profileOf(database.reader, userOf(asked))),
    ),
    ...routesAt('PUT', '/profile', async (asked) => {
      const userId = userOf(asked);
      const given = await readBody(asked.request, profileSchema);
      const change = {
        locale: given.locale,
        time_zone: given.timeZone,
        quiet_from: given.quietFrom,
        quiet_to: given.quietTo,
        digest_minutes: given.digestMinutes,
      };
      const row = await database.transaction(parts.ctx, (session) =>
        keepProfile(session, userId, change),
      );
      return toProfile(row);
    }),
  ];
}

/** What now holds for each topic and channel, and why. */
function effective(
  { topics, senders }: Parts,
  rows: { readonly own: readonly PreferenceRow[]; readonly organization: readonly PreferenceRow[] },
) {
  const isThere = (channel: (typeof PERSONAL)[number]): boolean =>
    channel === 'inbox' ||
    (senders[channel] !== undefined && senders[channel].isSetUp?.() !== false);
  const available = PERSONAL.filter(isThere);
  return topics.list().map((topic) => ({
    name: topic.name,
    label: topic.label,
    category: topic.category ?? null,
    mandatory: topic.mandatory === true,
    channels: available.map((channel) => {
      const asked = { topic, channel, severity: 'info' } as const;
      const decision = decide(asked, rows.own, rows.organization);
      return { channel, isDefault: channelsOf(topic).includes(channel), ...decision };
    }),
  }));
}

function toChoice({ scope, name, channel, choice }: PreferenceRow) {
  return { scope, name, channel, choice };
}

function toProfile(row: Awaited<ReturnType<typeof profileOf>>) {
  return {
    locale: row.locale,
    timeZone: row.time_zone,
    quietFrom: row.quiet_from,
    quietTo: row.quiet_to,
    digestMinutes: row.digest_minutes,
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    // `Intl` knows no such zone.
    return false;
  }
}
