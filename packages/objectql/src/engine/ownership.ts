import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import { conjunction } from './conjunction.js';
import { memberRows } from './membership.js';
import { whereId } from './query-plan.js';
import { wait, type Steps } from './steps.js';
import type { WriteScope } from './write-scope.js';

/**
 * True when the write may name the owner: giving a record away is a right of its own (`transfer`).
 * For a stored record it must also be one of those that the right is about.
 */
export function* mayNameOwner(
  scope: WriteScope,
  meta: ObjectMeta,
  data: RecordData,
  previous?: Row,
): Steps<boolean> {
  if (!('owner_id' in data)) return false;
  const { parts, snapshot, ctx, transaction } = scope;
  if (previous === undefined && data['owner_id'] === ctx.principal.id) return true;
  if (previous !== undefined && (previous['owner_id'] ?? null) === data['owner_id']) return false;
  const admission = parts.gate.admitQuietly(snapshot, meta.name, 'transfer', ctx);
  if (admission === undefined) return false;
  if (previous === undefined || admission.rows === undefined) return true;
  const where = whereId(admission, previous['id'] as string);
  return (yield* wait(transaction.session.count({ table: meta.table, where }))) === 1;
}

/**
 * Checks that new owners are people whom the writer may see, where users are records. Who is of
 * another organization answers like nobody.
 *
 * @throws `invalid_reference`
 */
export function* checkOwners(
  scope: WriteScope,
  meta: ObjectMeta,
  rows: readonly RecordData[],
): Steps<void> {
  const users = scope.snapshot.objects.get('user');
  if (users === undefined) return;
  const own = scope.ctx.principal.id;
  const ids = new Set(rows.map((row) => row['owner_id']));
  const others = [...ids].filter((id) => typeof id === 'string' && id !== own) as string[];
  if (others.length === 0) return;
  const where = conjunction({ op: 'in', field: 'id', value: others }, peopleRows(scope, users));
  const found = yield* wait(scope.transaction.session.count({ table: users.table, where }));
  if (found === others.length) return;
  throw createError('invalid_reference', {
    object: meta.name,
    field: 'owner_id',
    reference: 'user',
  });
}

/** Giving away takes no right to look at users; to whom is limited by membership all the same. */
function peopleRows(
  { parts, snapshot, ctx }: WriteScope,
  users: ObjectMeta,
): RowFilter | undefined {
  const { principal } = ctx;
  const { membership } = users.definition;
  if (principal.kind === 'system' || membership === undefined) return undefined;
  const seen = parts.gate.admitQuietly(snapshot, users.name, 'read', ctx);
  return seen === undefined ? memberRows({ meta: users, snapshot, principal }, 'read') : seen.rows;
}
