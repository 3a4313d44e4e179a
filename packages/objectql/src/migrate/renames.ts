import type { TableSchema } from '../driver/contract.js';
import { translationsColumn } from '../metadata/compile/translations.js';
import type { RecordedObject, RecordedSchema, TargetObject } from './model.js';
import { notes } from './notes.js';
import type { PlanNote } from './steps.js';

/** What a rename says about names. */
interface RenameInput {
  /** For people: `The field`. */
  readonly what: string;
  readonly to: string;
  /** How people read `to`. */
  readonly label: string;
  readonly from: readonly string[];
  readonly exists: (name: string) => boolean;
  /** Names that the metadata uses, which therefore are no former names. */
  readonly wanted: (name: string) => boolean;
}

/** The outcome: the former name that exists, or a remark. */
interface RenameOutcome {
  readonly from?: string | undefined;
  readonly problem?: PlanNote | undefined;
  readonly notice?: PlanNote | undefined;
}

function resolveRename({ what, to, label, from, exists, wanted }: RenameInput): RenameOutcome {
  if (from.length === 0) return {};
  const candidates = from.filter((name) => name !== to && exists(name) && !wanted(name));
  const [only] = candidates;
  if (exists(to)) {
    return only === undefined
      ? { notice: notes.renameDone(what, label, from) }
      : { problem: notes.renameConflict(what, label, only) };
  }
  if (candidates.length > 1) return { problem: notes.renameAmbiguous(what, label, candidates) };
  return only === undefined ? { notice: notes.renameStale(what, label, from) } : { from: only };
}

/** An object, its table, and the names of both before and after. */
export interface MatchedObject {
  readonly target: TargetObject;
  /** The table as it is; absent when there is none yet. */
  readonly before: TableSchema | undefined;
  readonly recorded: RecordedObject | undefined;
  /** The object's former name, where it was renamed now or by an interrupted migration. */
  readonly formerName: string | undefined;
  /** Column name after, by column name before; only those that change. */
  readonly columns: ReadonlyMap<string, string>;
  /** Fields whose references have to follow, renamed now or by an interrupted migration. */
  readonly fields: readonly { readonly from: string; readonly to: string }[];
}

/** What matching finds beside the objects. */
export interface Remarks {
  readonly problems: PlanNote[];
  readonly notices: PlanNote[];
}

/** Finds the table of every object, and the former names of objects and fields. */
export function matchObjects(
  target: readonly TargetObject[],
  database: ReadonlyMap<string, TableSchema>,
  recorded: RecordedSchema | undefined,
  remarks: Remarks,
): MatchedObject[] {
  const wanted = new Set(target.map((object) => object.name));
  return target.map((object) => {
    const { from } = note(
      resolveRename({
        what: 'The object',
        to: object.name,
        label: object.name,
        from: object.renamedFrom,
        exists: (name) => database.has(name),
        wanted: (name) => wanted.has(name),
      }),
      remarks,
    );
    const known = recorded?.objects;
    // An interrupted migration has renamed the table, and the memory still has the former name.
    const former =
      from ??
      object.renamedFrom.find(
        (name) =>
          known?.[name] !== undefined && known[object.name] === undefined && !wanted.has(name),
      );
    const before = database.get(from ?? object.name);
    const memory = known?.[object.name] ?? (former === undefined ? undefined : known?.[former]);
    const match = { target: object, before, recorded: memory, formerName: former };
    return { ...match, ...matchFields(match, remarks) };
  });
}

function matchFields(
  { target, before, recorded }: Omit<MatchedObject, 'columns' | 'fields'>,
  remarks: Remarks,
): Pick<MatchedObject, 'columns' | 'fields'> {
  const columns = new Map<string, string>();
  const fields: { from: string; to: string }[] = [];
  if (before === undefined) return { columns, fields };
  const existing = new Set(before.columns.map((column) => column.name));
  for (const field of target.fields.values()) {
    const { from } = note(
      resolveRename({
        what: 'The field',
        to: field.name,
        label: `${target.name}.${field.name}`,
        from: field.renamedFrom,
        exists: (name) => existing.has(name),
        wanted: (name) => target.fields.has(name),
      }),
      remarks,
    );
    if (from !== undefined) {
      columns.set(from, field.name);
      const [old, translations] = [from, field.name].map(translationsColumn) as [string, string];
      if (existing.has(old) && !existing.has(translations) && translates(target, translations)) {
        columns.set(old, translations);
      }
    }
    const former =
      from ??
      field.renamedFrom.find(
        (name) =>
          recorded?.fields[name] !== undefined &&
          recorded.fields[field.name] === undefined &&
          !target.fields.has(name),
      );
    if (former !== undefined) fields.push({ from: former, to: field.name });
  }
  return { columns, fields };
}

/** A field that is not translatable any more leaves its translations behind. */
function translates({ table }: TargetObject, column: string): boolean {
  return table.columns.some(({ name }) => name === column);
}

function note(outcome: RenameOutcome, { problems, notices }: Remarks): RenameOutcome {
  if (outcome.problem !== undefined) problems.push(outcome.problem);
  if (outcome.notice !== undefined) notices.push(outcome.notice);
  return outcome;
}
