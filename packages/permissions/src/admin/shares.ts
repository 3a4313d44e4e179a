import { rejectChange, type Principal, type RecordData } from '@objectos/spec/contracts';
import { shareableRows } from '../compile/rows.js';
import { isWithin } from '../grants/narrow.js';
import { matchesLater } from '../match/matches.js';
import { parseGrantee } from '../model/keys.js';
import { denied, type AdminScope } from './context.js';

const OBJECT = 'record_share';

/**
 * Checks a share: the record is there and the sharer's to share, with no more than they have.
 *
 * @throws `hook_rejected`, the same for a record that is hidden and one that does not exist;
 * `permission_denied`
 */
export async function guardShare(
  scope: AdminScope,
  row: RecordData,
  principal: Principal,
): Promise<void> {
  const object = String(row['object']);
  const id = String(row['record_id']);
  const level = row['access_level'] === 'edit' ? 'edit' : 'read';
  const grantee = String(row['grantee']);
  if (parseGrantee(grantee) === undefined) {
    throw rejectChange(
      OBJECT,
      `"${grantee}" is no grantee; write user:<id>, group:<name> or role:<name>`,
    );
  }
  const known = scope.snapshot().objects.has(object);
  const reader = scope.reader.of(principal.tenantId);
  const record = known ? await reader.one(object, id) : undefined;
  const missing = () => rejectChange(OBJECT, `there is no "${object.slice(0, 64)}" with this id`);
  if (record === undefined) throw missing();
  if (principal.kind === 'system') return;
  if (!isWithin(principal, object, 'read')) throw missing();
  if ((record['organization_id'] ?? null) !== principal.tenantId) throw missing();
  const held = scope.store.entryOf(principal) ?? (await scope.store.load(principal));
  const compile = { ...held, now: new Date(), volatile: false };
  const read = (name: string, columns: RecordData) => reader.having(name, columns);
  const isNarrow = !isWithin(principal, object, level === 'edit' ? 'update' : 'read');
  if (!isNarrow && (await matchesLater(shareableRows(compile, object, level), record, read)))
    return;
  const seen = await matchesLater(shareableRows(compile, object, 'read'), record, read);
  if (!seen && !(await isVisible(scope, principal, { object, id }))) throw missing();
  throw denied(
    { object: OBJECT, operation: 'create' },
    'the record is not yours to share like this',
  );
}

async function isVisible(
  scope: AdminScope,
  principal: Principal,
  { object, id }: { object: string; id: string },
): Promise<boolean> {
  const where = { op: 'eq', field: 'id', value: id } as const;
  const ctx = { principal, requestId: 'permissions' };
  try {
    return (await scope.engine.count(object, { where }, ctx)) === 1;
  } catch {
    return false;
  }
}
