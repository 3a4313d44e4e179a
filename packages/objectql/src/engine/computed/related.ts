import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import type { DriverSession } from '../../driver/contract.js';
import type { FormulaRead, MetadataSnapshot } from '../../metadata/compiled.js';
import type { Gate } from '../access.js';
import { byName } from '../membership.js';
import { whereIds } from '../query-plan.js';
import { wait, type Steps } from '../steps.js';

/** Most ids of one query. */
const CHUNK = 1_000;

/** What reading related records needs; the session computes formulas of related records itself. */
export interface RelatedScope {
  readonly gate: Gate;
  readonly snapshot: MetadataSnapshot;
  readonly session: DriverSession;
  readonly ctx: ExecutionContext;
}

/** Reads a path from a record over relations; `undefined` where it leads nowhere. */
export type ReadPath = (record: RecordData, path: readonly string[]) => unknown;

/** A relation as part of a tree: several paths share their beginnings. */
interface Branch {
  readonly target: string;
  readonly columns: Set<string>;
  readonly branches: Map<string, Branch>;
  /** Records by id. */
  readonly found: Map<string, RecordData>;
}

/**
 * Loads what formulas read over relations: one query for each relation, for all records together.
 * The gate of each object stands in it: a record that the principal may not see counts as none.
 */
export function* loadRelated(
  scope: RelatedScope,
  records: readonly RecordData[],
  reads: readonly FormulaRead[],
): Steps<ReadPath> {
  const root = treeOf(reads);
  yield* loadBranches(scope, records, root);
  return (record, path) => follow(record, path, root);
}

function treeOf(reads: readonly FormulaRead[]): Map<string, Branch> {
  const root = new Map<string, Branch>();
  for (const { steps, field } of reads) {
    let level = root;
    let columns: Set<string> | undefined;
    for (const step of steps) {
      columns?.add(step.field);
      const known = level.get(step.field);
      const branch = known ?? {
        target: step.target,
        columns: new Set(['id']),
        branches: new Map<string, Branch>(),
        found: new Map<string, RecordData>(),
      };
      level.set(step.field, branch);
      level = branch.branches;
      columns = branch.columns;
    }
    columns?.add(field);
  }
  return root;
}

function* loadBranches(
  scope: RelatedScope,
  records: readonly RecordData[],
  branches: ReadonlyMap<string, Branch>,
): Steps<void> {
  for (const [relation, branch] of branches) {
    const ids = new Set<string>();
    for (const record of records) {
      const id = record[relation];
      if (typeof id === 'string') ids.add(id);
    }
    yield* load(scope, [...ids], branch);
    yield* loadBranches(scope, [...branch.found.values()], branch.branches);
  }
}

function* load(scope: RelatedScope, ids: readonly string[], branch: Branch): Steps<void> {
  const { gate, snapshot, session, ctx } = scope;
  const seen = gate.admitQuietly(snapshot, branch.target, 'read', ctx);
  if (seen === undefined) return;
  const admission = byName(seen, branch.columns);
  for (let start = 0; start < ids.length; start += CHUNK) {
    const rows = yield* wait(
      session.find({
        table: admission.meta.table,
        columns: [...branch.columns],
        where: whereIds(admission, ids.slice(start, start + CHUNK)),
      }),
    );
    for (const row of rows) branch.found.set(row['id'] as string, row);
  }
}

function follow(
  record: RecordData,
  path: readonly string[],
  branches: ReadonlyMap<string, Branch>,
): unknown {
  let current = record;
  let level = branches;
  for (const name of path.slice(0, -1)) {
    const branch = level.get(name);
    const id = current[name];
    const next = typeof id === 'string' ? branch?.found.get(id) : undefined;
    if (branch === undefined || next === undefined) return undefined;
    current = next;
    level = branch.branches;
  }
  return current[path.at(-1) ?? ''];
}
