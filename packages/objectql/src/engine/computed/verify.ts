import type {
  DerivedFieldReport,
  DerivedReport,
  ExecutionContext,
  MaybePromise,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../../driver/contract.js';
import type {
  FieldMeta,
  MetadataSnapshot,
  ObjectMeta,
  SummaryMeta,
} from '../../metadata/compiled.js';
import type { EngineParts } from '../parts.js';
import { everyPlace, isElsewhere } from '../places.js';
import { run, wait, type Steps } from '../steps.js';
import { ROWS_PER_STATEMENT, setRows } from '../store-rows.js';
import { sameValue } from '../../values/same-value.js';
import type { WriteScope } from '../write-scope.js';
import { aggregateChildren } from './aggregate-children.js';
import { autonumbersOf, numberRecords } from './autonumber.js';
import { maintainRollUps, storeValues } from './roll-ups.js';

/** Differences that a report shows of each field. */
const SAMPLES = 10;

type SummaryField = FieldMeta & { readonly summary: SummaryMeta };

/**
 * Computes every stored derived value anew and reports what differs: roll-up summaries, and records
 * without their automatic number. Children come before their parents, so one repair is enough.
 *
 * @throws `permission_denied` for who is not the system
 */
export async function verifyDerived(
  parts: EngineParts,
  ctx: ExecutionContext,
  { repair = false }: { readonly repair?: boolean | undefined },
): Promise<DerivedReport> {
  if (ctx.principal.kind !== 'system') {
    const reason = 'only the system verifies derived values';
    throw createError('permission_denied', { object: '*', operation: 'update', reason });
  }
  const reports = new Map<ObjectMeta, Map<string, Report>>();
  for (const there of await everyPlace(parts, ctx))
    await verifyPlace(parts, there, { repair, reports });
  const fields = [...reports].flatMap(([meta, found]) =>
    [...found].map(([field, report]): DerivedFieldReport => ({
      object: meta.name,
      field,
      ...report,
    })),
  );
  return { fields, drifted: fields.reduce((sum, field) => sum + field.drifted, 0) };
}

async function verifyPlace(
  parts: EngineParts,
  ctx: ExecutionContext,
  found: { readonly repair: boolean; readonly reports: Map<ObjectMeta, Map<string, Report>> },
): Promise<void> {
  const { repair } = found;
  const snapshot = parts.snapshot();
  for (const meta of childrenFirst(snapshot)) {
    const summaries = [...meta.fields.values()].filter(isSummary);
    if (summaries.length + autonumbersOf(meta).length === 0) continue;
    if (isElsewhere(parts, ctx, meta)) continue;
    const reports = found.reports.get(meta) ?? new Map<string, Report>();
    found.reports.set(meta, reports);
    let last = '';
    for (;;) {
      const chunk = { meta, summaries, last, repair };
      const done = await parts.transactions.within(ctx, { commit: 'own' }, (transaction) => {
        const at = new Date(parts.now()).toISOString();
        // The database may run this again after a conflict: each time with reports of its own.
        const found = new Map<string, Report>();
        const scope = { parts, snapshot, ctx, transaction, at, answers: [] };
        return settled(run(verifyChunk(scope, { ...chunk, reports: found })), found);
      });
      for (const [field, report] of done.found) addReport(reportOf(reports, field), report);
      if (done.last === undefined) break;
      last = done.last;
    }
  }
}

async function settled(last: MaybePromise<string | undefined>, found: Map<string, Report>) {
  return { last: await last, found };
}

function addReport(total: Report, more: Report): void {
  total.checked += more.checked;
  total.drifted += more.drifted;
  total.repaired += more.repaired;
  total.samples.push(...more.samples.slice(0, SAMPLES - total.samples.length));
}

interface Report {
  checked: number;
  drifted: number;
  repaired: number;
  readonly samples: { id: string; stored: unknown; expected: unknown }[];
}

interface Chunk {
  readonly meta: ObjectMeta;
  readonly summaries: readonly SummaryField[];
  readonly last: string;
  readonly repair: boolean;
  readonly reports: Map<string, Report>;
}

/** @returns the last id of the chunk; nothing when there are no more records. */
function* verifyChunk(scope: WriteScope, chunk: Chunk): Steps<string | undefined> {
  const { meta, summaries, last, repair } = chunk;
  const { session } = scope.transaction;
  const rows = yield* wait(
    session.find({
      table: meta.table,
      columns: meta.stored,
      where: { op: 'gt', field: 'id', value: last },
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: ROWS_PER_STATEMENT,
      lock: 'wait',
    }),
  );
  if (rows.length === 0) return undefined;
  const before = scope.transaction.changes.length;
  // Numbers leave the revision of a record as it is; a summary that is repaired raises it.
  yield* verifyNumbers(scope, chunk, rows);
  const values = new Map<string, Row>(rows.map((row) => [row['id'] as string, {}]));
  if (summaries.length > 0) yield* aggregateChildren(scope, summaries, values);
  const drifted = summaries.reduce((sum, field) => sum + compare(chunk, field, rows, values), 0);
  if (repair && drifted > 0) {
    yield* storeValues(scope, meta, rows, values);
    yield* maintainRollUps(scope, before);
  }
  return rows.at(-1)?.['id'] as string;
}

function compare(
  { reports, repair }: Chunk,
  { name }: SummaryField,
  rows: readonly Row[],
  values: ReadonlyMap<string, Row>,
): number {
  const report = reportOf(reports, name);
  let drifted = 0;
  for (const row of rows) {
    const id = row['id'] as string;
    const stored = row[name] ?? null;
    const expected = values.get(id)?.[name] ?? null;
    report.checked += 1;
    if (sameValue(stored, expected)) continue;
    drifted += 1;
    if (report.samples.length < SAMPLES) report.samples.push({ id, stored, expected });
  }
  report.drifted += drifted;
  if (repair) report.repaired += drifted;
  return drifted;
}

function* verifyNumbers(scope: WriteScope, chunk: Chunk, rows: readonly Row[]): Steps<void> {
  const { meta, repair, reports } = chunk;
  for (const field of autonumbersOf(meta)) {
    const report = reportOf(reports, field.name);
    const missing = rows.filter((row) => (row[field.name] ?? null) === null);
    report.checked += rows.length;
    report.drifted += missing.length;
    if (!repair || missing.length === 0) continue;
    for (const row of missing) {
      // Each in its own organization, as if it were created now.
      const tenantId = (row['organization_id'] ?? null) as string | null;
      const ctx = { ...scope.ctx, principal: { ...scope.ctx.principal, tenantId } };
      const [numbered] = yield* numberRecords({ ...scope, ctx }, meta, [{}], [field]);
      const set = { [field.name]: numbered?.[field.name] };
      yield* setRows(scope, meta, [{ previous: row, set }]);
    }
    report.repaired += missing.length;
  }
}

function reportOf(reports: Map<string, Report>, name: string): Report {
  let report = reports.get(name);
  if (report === undefined) {
    report = { checked: 0, drifted: 0, repaired: 0, samples: [] };
    reports.set(name, report);
  }
  return report;
}

/** Objects in an order in which each comes after those that it rolls up, as far as there is one. */
function childrenFirst({ objects }: MetadataSnapshot): ObjectMeta[] {
  const ordered = new Set<ObjectMeta>();
  const open = new Set<ObjectMeta>();
  const visit = (meta: ObjectMeta): void => {
    if (ordered.has(meta) || open.has(meta)) return;
    open.add(meta);
    for (const field of meta.fields.values()) {
      const child = isSummary(field) ? objects.get(field.summary.child) : undefined;
      if (child !== undefined) visit(child);
    }
    ordered.add(meta);
  };
  for (const meta of objects.values()) visit(meta);
  return [...ordered];
}

function isSummary(field: FieldMeta): field is SummaryField {
  return field.summary !== undefined;
}
