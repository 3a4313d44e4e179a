import type { AccessOperation, PrincipalRestriction, RecordData } from '@objectos/spec/contracts';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/** Every key begins with it: people and secret scanners recognise one. */
const PREFIX = 'oos_';
const SHOWN = PREFIX.length + 6;
const DAY = 86_400_000;

/** What a key may be narrowed to. */
export const KEY_OPERATIONS = [
  'read',
  'create',
  'update',
  'delete',
  'restore',
  'export',
] as const satisfies readonly AccessOperation[];

/** What one says of a new key. */
export const newKeySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** A key always ends: after a year unless it says sooner. */
  expiresInDays: z.int().min(1).max(366).default(366),
  /** Absent: all that its owner may do. */
  operations: z.array(z.enum(KEY_OPERATIONS)).min(1).optional(),
  /** Names of objects. Absent: all. */
  objects: z
    .array(z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/))
    .min(1)
    .max(200)
    .optional(),
  /** System permissions. Absent: all where neither operations nor objects narrow the key, else none. */
  systemPermissions: z
    .array(z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/))
    .min(1)
    .max(50)
    .optional(),
  /** Addresses and ranges that it may come from. Absent: everywhere. */
  addresses: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .min(1)
    .max(50)
    .optional(),
  requestsPerMinute: z.int().min(1).max(100_000).optional(),
});

/** A new key, as it is shown once. */
export interface NewKey {
  readonly key: string;
  /** Its beginning, by which people tell keys apart. */
  readonly start: string;
}

/** Makes a key of 32 random bytes. */
export function makeKey(): NewKey {
  const key = PREFIX + randomBytes(32).toString('base64url');
  return { key, start: key.slice(0, SHOWN) };
}

/** True for text that may be a key: it is looked up as one, and never as a session's token. */
export function isKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The record of a new key, but for the key itself. */
export function keyRecord(input: z.output<typeof newKeySchema>, now: number): RecordData {
  return {
    name: input.name,
    expires_at: new Date(now + input.expiresInDays * DAY).toISOString(),
    operations: input.operations ?? null,
    objects: input.objects ?? null,
    system_permissions: input.systemPermissions ?? null,
    addresses: input.addresses ?? null,
    requests_per_minute: input.requestsPerMinute ?? null,
  };
}

/** What the record of a key narrows its owner to. */
export function restrictionOf(record: RecordData): PrincipalRestriction {
  const set = <T>(value: unknown): ReadonlySet<T> | undefined =>
    Array.isArray(value) ? new Set(value as T[]) : undefined;
  return {
    operations: set<AccessOperation>(record['operations']),
    objects: set<string>(record['objects']),
    systemPermissions: set<string>(record['system_permissions']),
  };
}

/** A key as its owner sees it afterwards: never the key. */
export function shownKey(record: RecordData): Record<string, unknown> {
  return {
    id: record['id'],
    name: record['name'],
    start: record['start'],
    createdAt: record['created_at'],
    expiresAt: record['expires_at'],
    operations: record['operations'],
    objects: record['objects'],
    systemPermissions: record['system_permissions'],
    addresses: record['addresses'],
    requestsPerMinute: record['requests_per_minute'],
  };
}
