import {
  rejectChange,
  type Disposer,
  type ExecutionContext,
  type RecordData,
} from '@objectos/spec/contracts';
import { guardAssignment, guardJoining, keysOfGroup, keysOfRole } from './assignments.js';
import { ASSIGN, MANAGE, administrator, type AdminScope } from './context.js';
import { guardRole, pathOfRole, requireBranch } from './roles.js';
import { guardRuleRecord, guardSetRecord } from './sets.js';
import { guardShare } from './shares.js';
import { followSignInRoles } from './sign-in-roles.js';

/** A record of permissions that is about to be written, as it will be. */
interface Change {
  readonly object: string;
  readonly operation: 'create' | 'update' | 'delete';
  /** The whole record afterwards; of a delete, the record. */
  readonly row: RecordData;
  /** What a hook may still change; absent for a delete. */
  readonly data: RecordData | undefined;
  readonly previous: Readonly<RecordData> | undefined;
  readonly ctx: ExecutionContext;
  readonly tenantId: string | null;
}

type Guard = (scope: AdminScope, change: Change) => Promise<void>;

/** Objects whose records decide who may do what; a change of them reaches every node. */
export const PERMISSION_OBJECTS: readonly string[] = [
  'permission_set',
  'permission_set_assignment',
  'role',
  'role_assignment',
  'group',
  'group_member',
  'sharing_rule',
];

const guards: Readonly<Record<string, Guard>> = {
  async permission_set(scope, change) {
    const by = await administratorOf(scope, change, MANAGE);
    requireUnchanged(change, ['name']);
    if (change.operation !== 'delete') {
      guardSetRecord(scope, change.row, { operation: change.operation, by });
    }
  },
  async permission_set_assignment(scope, change) {
    const by = await administratorOf(scope, change, ASSIGN);
    if (change.operation === 'delete') return;
    await guardAssignment(scope, change.row, { tenantId: change.tenantId, by });
  },
  async role(scope, change) {
    await administratorOf(scope, change, MANAGE);
    requireUnchanged(change, ['name']);
    if (change.operation !== 'delete') await guardRole(scope, change.row, change.tenantId);
  },
  async role_assignment(scope, change) {
    const by = await administratorOf(scope, change, ASSIGN);
    requireUnchanged(change, ['user_id', 'role']);
    if (change.data === undefined) return;
    const model = await scope.store.modelOf(change.tenantId);
    const role = String(change.row['role']);
    const path = pathOfRole(model, role);
    change.data['path'] = path;
    requireBranch(path, by);
    const about = { object: change.object, tenantId: change.tenantId, by };
    await guardJoining(scope, keysOfRole(model, role), about);
  },
  async group(scope, change) {
    await administratorOf(scope, change, ASSIGN);
    requireUnchanged(change, ['name']);
  },
  async group_member(scope, change) {
    const by = await administratorOf(scope, change, ASSIGN);
    if (change.operation === 'delete') return;
    const { user_id: user = null, member_group: inner = null, group } = change.row;
    if ((user === null) === (inner === null)) {
      throw rejectChange('group_member', 'it names a user or a group inside, one of the two');
    }
    await requireGroups(scope, change.tenantId, [group, inner]);
    const model = await scope.store.modelOf(change.tenantId);
    const keys = keysOfGroup(model, String(group));
    await guardJoining(scope, keys, { object: change.object, tenantId: change.tenantId, by });
  },
  async sharing_rule(scope, change) {
    await administratorOf(scope, change, MANAGE);
    requireUnchanged(change, ['name']);
    if (change.operation !== 'delete') guardRuleRecord(scope, change.row);
  },
  async record_share(scope, change) {
    requireUnchanged(change, ['object', 'record_id', 'grantee']);
    if (change.operation !== 'delete') await guardShare(scope, change.row, change.ctx.principal);
  },
};

/**
 * Guards the records of permissions, whatever surface writes them: they mean something, and nobody
 * gives more than they hold. A change is marked for the other nodes in its own transaction.
 */
export function installGuards(scope: AdminScope, owner: string): Disposer {
  const { engine, revision } = scope;
  const disposers: Disposer[] = [];
  for (const [object, guard] of Object.entries(guards)) {
    const change = (given: Omit<Change, 'object' | 'tenantId'>): Change => ({
      object,
      tenantId: tenantOf(given),
      ...given,
    });
    disposers.push(
      engine.hook(
        'beforeInsert',
        object,
        ({ data, ctx }) =>
          guard(
            scope,
            change({ operation: 'create', row: { ...data }, data, previous: undefined, ctx }),
          ),
        { owner },
      ),
      engine.hook(
        'beforeUpdate',
        object,
        ({ data, previous, ctx }) =>
          guard(
            scope,
            change({ operation: 'update', row: { ...previous, ...data }, data, previous, ctx }),
          ),
        { owner },
      ),
      engine.hook(
        'beforeDelete',
        object,
        ({ previous, ctx }) =>
          guard(
            scope,
            change({ operation: 'delete', row: { ...previous }, data: undefined, previous, ctx }),
          ),
        { owner },
      ),
    );
    if (object === 'record_share') continue;
    const touch = ({ ctx }: { readonly ctx: ExecutionContext }) => revision.touch(ctx);
    disposers.push(
      engine.hook('afterInsert', object, touch, { owner }),
      engine.hook('afterUpdate', object, touch, { owner }),
      engine.hook('afterDelete', object, touch, { owner }),
    );
  }
  disposers.push(
    engine.hook('afterInsert', 'user', ({ record, ctx }) => followSignInRoles(scope, record, ctx), {
      owner,
    }),
    engine.hook('afterUpdate', 'user', (update) => userChanged(scope, update), { owner }),
  );
  return async () => {
    for (const dispose of disposers) await dispose();
  };
}

/** A change of what policies read of a user is one of permissions. */
async function userChanged(
  scope: AdminScope,
  update: {
    readonly changed: readonly string[];
    readonly record: Readonly<RecordData>;
    readonly ctx: ExecutionContext;
  },
): Promise<void> {
  const { changed, record, ctx } = update;
  if (changed.includes('role')) await followSignInRoles(scope, record, ctx);
  const { userFields } = await scope.store.modelOf(ctx.principal.tenantId);
  if (changed.some((name) => userFields.has(name))) await scope.revision.touch(ctx);
}

function administratorOf(scope: AdminScope, change: Change, anyOf: readonly string[]) {
  const { object, operation } = change;
  return administrator(scope, change.ctx.principal, { object, operation, anyOf });
}

function tenantOf({ previous, ctx }: Pick<Change, 'previous' | 'ctx'>): string | null {
  const stored = previous?.['organization_id'];
  return typeof stored === 'string' ? stored : ctx.principal.tenantId;
}

async function requireGroups(
  { reader }: AdminScope,
  tenantId: string | null,
  names: readonly unknown[],
): Promise<void> {
  const wanted = names.filter((name) => typeof name === 'string');
  const found = await reader.all('group', tenantId, { op: 'in', field: 'name', value: wanted });
  const known = new Set(found.map((row) => row['name']));
  const missing = wanted.find((name) => !known.has(name));
  if (missing !== undefined) throw rejectChange('group_member', `there is no group "${missing}"`);
}

/** What others refer to by its value stays as it is; a new record takes its place. */
function requireUnchanged({ object, data, previous }: Change, fields: readonly string[]): void {
  if (data === undefined || previous === undefined) return;
  const changed = fields.find((name) => name in data && data[name] !== previous[name]);
  if (changed === undefined) return;
  throw rejectChange(object, `"${changed}" can't be changed; delete the record and make another`);
}
