import type { DataEngine } from '@objectos/spec/contracts';
import { hashToken } from '../adapter/sealed.js';
import { lookUpContext, principalOf, type Found } from '../principal/load.js';
import { compileCheck } from './check.js';
import { restrictionOf } from './key.js';
import type { KeyRates } from './rates.js';

/** Finds whom a key stands for; `undefined` for none and for one that is over. */
export async function findByKey(
  engine: DataEngine,
  key: string,
  { now, rates }: { readonly now: number; readonly rates: KeyRates },
): Promise<Found | undefined> {
  const where = { op: 'eq', field: 'key', value: hashToken(key) } as const;
  const { records } = await engine.find('api_key', { where, limit: 1 }, lookUpContext());
  const [record] = records;
  const expiresAt = record === undefined ? 0 : Date.parse(record['expires_at'] as string);
  if (record === undefined || expiresAt <= now) return undefined;
  const restriction = restrictionOf(record);
  const { principal, dependsOn } = await principalOf(engine, record['user_id'] as string, {
    organization: record['organization'] as string | null,
    now,
    facts: { apiKeyId: record['id'] as string, restriction },
  });
  const id = record['id'] as string;
  return {
    principal,
    expiresAt,
    dependsOn: [id, ...dependsOn],
    check: compileCheck(record, restriction, rates),
  };
}
