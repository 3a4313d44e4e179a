import type { ColumnSchema } from '../driver/contract.js';
import { conversionOf, type Shape } from './conversions.js';
import type { TargetField } from './model.js';
import { notes } from './notes.js';
import type { MigrationStep } from './steps.js';
import { TEMPORARY_SUFFIX, temporaryName, type Working } from './working.js';

/** Types whose values must be looked at when a field of another type becomes one. */
const STRICT: ReadonlySet<string> = new Set([
  ...['select', 'radio', 'multiselect', 'checkboxes', 'email', 'url', 'phone', 'color'],
  ...['lookup', 'master_detail', 'tree', 'user', 'location', 'address', 'vector', 'text'],
]);

/** Adds the steps that bring one column to what its field asks for. */
export function planColumn(working: Working, column: ColumnSchema): void {
  const { match, steps, columns } = working;
  const { target, recorded, columns: renamed } = match;
  const field = target.fields.get(column.name);
  const old = columns.get(column.name);
  const before = [...renamed].find(([, to]) => to === column.name)?.[0] ?? column.name;
  const memory = recorded?.fields[before] ?? recorded?.fields[column.name];
  if (old === undefined) {
    steps.push(addColumn(working, column, `"${target.name}.${column.name}" is new`));
  } else if (old.type !== column.type) {
    const shape = { column: old.type, multiple: memory?.multiple ?? guessList(old, field) };
    const becomes = field?.required === true && memory?.required === false;
    const filled = becomes && field.fill !== undefined;
    planConversion(working, { field: field ?? plainField(column), old, shape, filled });
  } else if (field !== undefined && memory !== undefined && memory.type !== field.type) {
    if (STRICT.has(field.type)) steps.push(checkValues(working, field, memory.type));
  }
  if (field === undefined) return;
  // An interrupted migration may have added the column already: the memory knows that it is new.
  const isNew = old === undefined || (recorded !== undefined && memory === undefined);
  const becomesRequired = field.required && (isNew || memory?.required === false);
  const { fill } = field;
  if (fill !== undefined && (becomesRequired || (isNew && fill.kind === 'formula'))) {
    steps.push({
      kind: 'fill',
      key: `fill ${target.name}.${field.name}`,
      phase: 'backfill',
      risk: 'backfill',
      description: `give records without a value in "${target.name}.${field.name}" one: ${fill.kind === 'value' ? JSON.stringify(fill.value) : fill.source}`,
      reason: becomesRequired ? 'the field is required' : 'the field has a backfill expression',
      rows: working.rows,
      field,
      fill,
    });
  }
  if (becomesRequired) {
    steps.push({
      kind: 'checkRequired',
      key: `checkRequired ${target.name}.${field.name}`,
      phase: 'verify',
      risk: 'safe',
      description: `check that every record has a value in "${target.name}.${field.name}"`,
      reason: 'the field is required',
      rows: working.rows,
      field,
    });
  }
}

/** Without a memory, a list is guessed from what it shall become. */
function guessList(old: ColumnSchema, field: TargetField | undefined): boolean {
  return old.type === 'json' && field?.type !== 'json';
}

/** A column that the engine adds by itself, as a field. */
function plainField({ name, type }: ColumnSchema): TargetField {
  return { name, type: 'text', column: type, multiple: false, required: false, renamedFrom: [] };
}

interface Change {
  readonly field: TargetField;
  readonly old: ColumnSchema;
  readonly shape: Shape;
  /** A fill follows. */
  readonly filled: boolean;
}

function planConversion(working: Working, { field, old, shape, filled }: Change): void {
  const { match, steps, rows, remarks, columns, lossy } = working;
  const name = `${match.target.name}.${field.name}`;
  const conversion = conversionOf(shape, field);
  if (!conversion.possible) {
    remarks.problems.push(notes.typeChange(name, conversion.reason));
    return;
  }
  const temporary = temporaryName(field.name);
  const reason = `"${name}" is ${field.column} now and was ${old.type}`;
  const existing = columns.get(temporary);
  if (existing !== undefined && existing.type !== field.column) {
    steps.push(dropLeftover(working, existing));
  }
  if (existing?.type !== field.column) {
    const column = { name: temporary, type: field.column, nullable: true };
    steps.push(addColumn(working, column, reason));
  }
  const isLossy = lossy.has(name);
  const risk = isLossy ? 'destructive' : 'backfill';
  const convert = (value: unknown) => {
    const outcome = conversion.convert(value);
    return outcome.ok && outcome.value !== null && field.check !== undefined
      ? field.check(outcome.value)
      : outcome;
  };
  const shared = {
    risk,
    reason,
    rows,
    field,
    from: old,
    temporary,
    convert,
    lossy: isLossy,
    filled,
  } as const;
  steps.push(
    {
      ...shared,
      kind: 'convert',
      key: `convert ${name}`,
      phase: 'backfill',
      description: `convert the values of "${name}"${isLossy ? '; those that do not convert are kept aside' : ''}`,
    },
    {
      ...shared,
      kind: 'swap',
      key: `swap ${name}`,
      phase: 'contract',
      description: `check the converted values of "${name}" once more and put them into force`,
    },
  );
}

function addColumn({ rows }: Working, column: ColumnSchema, reason: string): MigrationStep {
  const { table } = rows.during;
  return {
    kind: 'addColumn',
    key: `addColumn ${table.name}.${column.name}`,
    phase: 'expand',
    risk: 'safe',
    description: `add the column "${table.name}.${column.name}" (${column.type})`,
    reason,
    table,
    column: { ...column, nullable: true },
  };
}

function checkValues({ rows }: Working, field: TargetField, former: string): MigrationStep {
  const name = `${rows.object}.${field.name}`;
  return {
    kind: 'checkValues',
    key: `checkValues ${name}`,
    phase: 'verify',
    risk: 'safe',
    description: `check that all values of "${name}" are good as ${field.type}`,
    reason: `the field was of type ${former}`,
    rows,
    field,
  };
}

/** Drops columns of a change of type that was interrupted and is not wanted any more. */
export function planLeftovers(working: Working): void {
  const { match, steps, columns, converted } = working;
  const wanted = new Set(match.target.table.columns.map((column) => column.name));
  const known = new Set(match.recorded?.table.columns.map((column) => column.name));
  for (const column of columns.values()) {
    const { name } = column;
    if (!name.endsWith(TEMPORARY_SUFFIX) || wanted.has(name) || known.has(name)) continue;
    if ([...converted].some((other) => temporaryName(other) === name)) continue;
    steps.push(dropLeftover(working, column));
  }
}

function dropLeftover({ rows }: Working, column: ColumnSchema): MigrationStep {
  return {
    kind: 'dropColumn',
    key: `dropColumn ${rows.object}.${column.name}`,
    phase: 'expand',
    risk: 'safe',
    description: `drop "${rows.object}.${column.name}"`,
    reason: 'an interrupted change of type left it; the values are in the column it was made from',
    rows,
    column,
  };
}
