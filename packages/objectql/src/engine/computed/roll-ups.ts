import type { Row } from '../../driver/contract.js';
import type { Feed, ObjectMeta } from '../../metadata/compiled.js';
import { requireObject } from '../access.js';
import type { RecordChange } from '../change-log.js';
import { chunksOf, setRows } from '../store-rows.js';
import { wait, type Steps } from '../steps.js';
import { sameValue } from '../../values/same-value.js';
import { recordChanges, type WriteScope } from '../write-scope.js';
import { deltasOf, fromUnits, isIncremental, unitsOf, type RowImage } from './contribution.js';
import { aggregateChildren } from './aggregate-children.js';

/**
 * Images of changed rows, until the roll-ups that depend on them are up to date. They hang on the
 * changes of the transaction, so a savepoint that is undone takes them with it.
 */
const images = new WeakMap<RecordChange, RowImage>();

/** Remembers what a change may mean for roll-up summaries. */
export function noteImage(meta: ObjectMeta, change: RecordChange, image: RowImage): void {
  if (meta.feeds.length > 0) images.set(change, image);
}

/** Deepest chain of roll-ups over roll-ups; the graph has no circle, records of a hierarchy have none. */
const MAX_ROUNDS = 100;

/**
 * Brings the roll-up summaries up to date that depend on what the write changed, parents of parents
 * included. One statement reads the parents of a relation, one writes those that get equal values;
 * parents are locked in the order of their ids.
 */
export function* maintainRollUps(scope: WriteScope, from: number): Steps<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const work = takeWork(scope, from);
    if (work.size === 0) return;
    for (const [feed, changed] of work) yield* maintainFeed(scope, feed, changed);
  }
}

interface Changed {
  readonly child: ObjectMeta;
  readonly images: RowImage[];
}

function takeWork(scope: WriteScope, from: number): Map<Feed, Changed> {
  const work = new Map<Feed, Changed>();
  const { changes } = scope.transaction;
  for (let index = from; index < changes.length; index += 1) {
    const change = changes[index];
    const image = change === undefined ? undefined : images.get(change);
    if (change === undefined || image === undefined) continue;
    images.delete(change);
    const child = requireObject(scope.snapshot, change.object);
    for (const feed of child.feeds) {
      if (!concerns(feed, image)) continue;
      const known = work.get(feed) ?? { child, images: [] };
      known.images.push(image);
      work.set(feed, known);
    }
  }
  return work;
}

/** Whether a change touches anything that the summaries of a relation depend on. */
function concerns({ via, summaries }: Feed, { before, after }: RowImage): boolean {
  if (before === undefined || after === undefined) {
    return (before ?? after)?.[via] !== null;
  }
  return summaries.some(({ summary }) =>
    [...summary.reads].some((name) => !sameValue(before[name] ?? null, after[name] ?? null)),
  );
}

function* maintainFeed(
  scope: WriteScope,
  feed: Feed,
  { child, images: changed }: Changed,
): Steps<void> {
  const ids = new Set<string>();
  for (const image of changed) {
    for (const row of [image.before, image.after]) {
      const id = row?.[feed.via];
      if (typeof id === 'string') ids.add(id);
    }
  }
  const parent = requireObject(scope.snapshot, feed.parent);
  for (const chunk of chunksOf([...ids].sort())) {
    yield* maintainParents(scope, { feed, parent, child, changed }, chunk);
  }
}

interface Maintenance {
  readonly feed: Feed;
  readonly parent: ObjectMeta;
  readonly child: ObjectMeta;
  readonly changed: readonly RowImage[];
}

function* maintainParents(
  scope: WriteScope,
  { feed, parent, child, changed }: Maintenance,
  ids: readonly string[],
): Steps<void> {
  const { session } = scope.transaction;
  const rows = yield* wait(
    session.find({
      table: parent.table,
      columns: parent.stored,
      where: { op: 'in', field: 'id', value: ids },
      orderBy: [{ field: 'id', direction: 'asc' }],
      lock: 'wait',
    }),
  );
  if (rows.length === 0) return;
  const values = new Map<string, Row>(rows.map((row) => [row['id'] as string, {}]));
  const recomputed: Feed['summaries'][number][] = [];
  for (const field of feed.summaries) {
    // A value that was never computed cannot be counted on from.
    const known = rows.every((row) => typeof row[field.name] === 'number');
    if (known && isIncremental(child, field))
      addDeltas(scope, { child, field, changed }, rows, values);
    else recomputed.push(field);
  }
  // After the parents are locked: nobody else's change of their children is missed.
  if (recomputed.length > 0) yield* aggregateChildren(scope, recomputed, values);
  yield* storeValues(scope, parent, rows, values);
}

function addDeltas(
  scope: WriteScope,
  {
    child,
    field,
    changed,
  }: { child: ObjectMeta; field: Feed['summaries'][number]; changed: readonly RowImage[] },
  rows: readonly Row[],
  values: ReadonlyMap<string, Row>,
): void {
  const scale = field.summary.scale ?? 0;
  const units = new Map<string, number>();
  for (const image of changed) {
    for (const [id, delta] of deltasOf(scope, child, field, image)) {
      units.set(id, (units.get(id) ?? 0) + delta);
    }
  }
  for (const row of rows) {
    const id = row['id'] as string;
    const total = unitsOf(row[field.name] as number, scale) + (units.get(id) ?? 0);
    const target = values.get(id);
    if (target !== undefined) target[field.name] = fromUnits(total, scale);
  }
}

/**
 * Nobody edited the parent, so its stamp stays; its revision rises, because the record looks
 * different. In the trash nobody looks at it, and its history ends with its deletion.
 */
export function* storeValues(
  scope: WriteScope,
  parent: ObjectMeta,
  rows: readonly Row[],
  values: ReadonlyMap<string, Row>,
): Steps<void> {
  const updates = rows.flatMap((previous) => {
    const computed = Object.entries(values.get(previous['id'] as string) ?? {});
    const changes = Object.fromEntries(
      computed.filter(([name, value]) => !sameValue(previous[name] ?? null, value)),
    );
    if (Object.keys(changes).length === 0) return [];
    const isLive = (previous['deleted_at'] ?? null) === null;
    const revision = (previous['revision'] as number) + (isLive ? 1 : 0);
    return [{ previous, set: { ...changes, revision }, changes, isLive }];
  });
  if (updates.length === 0) return;
  yield* setRows(scope, parent, updates);
  const told = updates.filter((update) => update.isLive);
  yield* recordChanges(
    scope,
    told.map(({ previous, changes, set }): RecordChange => {
      const changed = Object.keys(changes);
      return {
        object: parent.name,
        id: previous['id'] as string,
        operation: 'update',
        revision: set.revision,
        changed,
        before: Object.fromEntries(changed.map((name) => [name, previous[name] ?? null])),
        after: changes,
        tenantId: (previous['organization_id'] ?? null) as string | null,
        at: scope.at,
      };
    }),
    told.map(({ previous, set }) => ({ before: previous, after: { ...previous, ...set } })),
  );
}
