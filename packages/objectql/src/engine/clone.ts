import type { CloneOptions, ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { fieldOfKey } from '@objectos/spec/metadata';
import type { Row } from '../driver/contract.js';
import type { IncomingRelation, ObjectMeta } from '../metadata/compiled.js';
import { requireObject, type Admission } from './access.js';
import { checkBulkSize, MAX_BULK } from './bulk.js';
import { conjunction } from './conjunction.js';
import { createRecords } from './create.js';
import { loadForWrite, viewIn } from './load.js';
import { planWhere } from './query-plan.js';
import { withKeys } from './translation/input.js';
import { inDefaultLanguage } from './translation/language.js';
import { withTranslations } from './translation/rows.js';
import { isReadable, requireRelation } from './relations.js';
import { wait, type Steps } from './steps.js';
import { chunksOf } from './store-rows.js';
import type { WriteRunner } from './write-run.js';
import type { WriteScope } from './write-scope.js';

/** Deepest level of records that are copied with the one that was asked for. */
const MAX_DEPTH = 5;

/** What is copied. */
export interface CloneRequest extends CloneOptions {
  readonly object: string;
  readonly id: string;
}

/** Copies under way: of one object, by the ids of the originals. */
interface Copied {
  readonly meta: ObjectMeta;
  readonly ids: ReadonlyMap<string, string>;
}

/** Copies a record, and the children that were asked for, in one transaction. */
export function cloneRecord(
  runner: WriteRunner,
  { object, id, overrides = {}, children = [] }: CloneRequest,
  ctx: ExecutionContext,
): Promise<RecordData> {
  return runner.write(object, 'create', ctx, function* (scope, creating) {
    const { meta } = creating;
    const reading = runner.admit(scope, object, 'read');
    const original = yield* loadForWrite(scope, reading, id);
    const data = { ...copyable({ reading, creating }, original), ...withKeys(creating, overrides) };
    const [copy = {}] = yield* createRecords(scope, inDefaultLanguage(creating), [data], {});
    const copied = { meta, ids: new Map([[id, copy['id'] as string]]) };
    const relations = children === true ? owned(meta) : named(scope, reading, children);
    const budget = { left: MAX_BULK };
    const walk = { runner, scope, budget, deep: children === true };
    for (const relation of relations) yield* copyChildren(walk, copied, relation, 1);
    return runner.answer(scope, meta, copy);
  });
}

interface Walk {
  readonly runner: WriteRunner;
  readonly scope: WriteScope;
  readonly budget: { left: number };
  /** Copy what belongs to the children, too. */
  readonly deep: boolean;
}

function* copyChildren(
  walk: Walk,
  parents: Copied,
  relation: IncomingRelation,
  depth: number,
): Steps<void> {
  const { runner, scope } = walk;
  const meta = requireObject(scope.snapshot, relation.object);
  const reading = runner.admit(scope, meta.name, 'read');
  const originals = yield* childrenOf(walk, reading, parents, relation);
  if (originals.length === 0) return;
  const creating = runner.admit(scope, meta.name, 'create');
  const data = originals.map((row) => ({
    ...copyable({ reading, creating }, row),
    [relation.field]: parents.ids.get(row[relation.field] as string),
  }));
  const copies = yield* createRecords(scope, inDefaultLanguage(creating), data, {});
  if (!walk.deep || depth >= MAX_DEPTH) return;
  const ids = new Map(
    originals.map((row, index) => [row['id'] as string, copies[index]?.['id'] as string]),
  );
  for (const next of owned(meta)) {
    // A tree of one object is followed downwards; what was copied already is not copied again.
    if (next.object !== relation.object || next.field === relation.field) {
      yield* copyChildren(walk, { meta, ids }, next, depth + 1);
    }
  }
}

/** @throws `limit_exceeded` */
function* childrenOf(
  { scope, budget }: Walk,
  reading: Admission,
  parents: Copied,
  { field }: IncomingRelation,
): Steps<Row[]> {
  const { table, stored: columns } = reading.meta;
  const orderBy = [{ field: 'id', direction: 'asc' }] as const;
  const found: Row[] = [];
  for (const value of chunksOf([...parents.ids.keys()])) {
    const where = conjunction({ op: 'in', field, value }, planWhere(viewIn(scope, reading), {}));
    const limit = budget.left + 1;
    const rows = yield* wait(
      scope.transaction.session.find({ table, columns, where, orderBy, limit }),
    );
    budget.left -= rows.length;
    if (budget.left < 0) checkBulkSize(MAX_BULK + 1);
    found.push(...rows);
  }
  return found;
}

/** The values of a record that a copy may have, translations too: readable, writable, and not unique. */
function copyable(
  { reading, creating }: { readonly reading: Admission; readonly creating: Admission },
  stored: Row,
): RecordData {
  const { meta, writable } = creating;
  const unique = uniqueFields(meta);
  const row = withTranslations(meta, stored);
  const values: RecordData = {};
  for (const [name, field] of [...meta.fields, ...meta.translationKeys]) {
    const owner = fieldOfKey(name);
    if (field.readOnly || row[name] === null || row[name] === undefined) continue;
    if (!isReadable(reading, owner) || writable?.has(owner) === false || unique.has(owner))
      continue;
    values[name] = row[name];
  }
  return values;
}

function uniqueFields({ table }: ObjectMeta): ReadonlySet<string> {
  const single = table.indexes.filter((index) => index.unique && index.columns.length === 1);
  return new Set(single.flatMap((index) => index.columns));
}

/** The relations whose records belong to this one: they would be deleted with it. */
function owned(meta: ObjectMeta): readonly IncomingRelation[] {
  return meta.incoming.filter((relation) => relation.deleteBehavior === 'cascade');
}

/** @throws `unknown_field` for what is no child list, or none that the principal may see */
function named(
  scope: WriteScope,
  reading: Admission,
  names: readonly string[],
): IncomingRelation[] {
  return names.map((name) => {
    const { meta } = requireRelation(viewIn(scope, reading), name);
    const relation = reading.meta.incoming.find(
      (one) => meta.kind === 'children' && one.object === meta.object && one.field === meta.via,
    );
    if (relation !== undefined) return relation;
    throw createError('unknown_field', { object: reading.meta.name, field: name });
  });
}
