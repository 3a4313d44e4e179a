import type { IndexSchema } from '../driver/contract.js';
import type { MigrationStep } from './steps.js';
import type { Working } from './working.js';

/** Adds the steps that bring the indexes of an object to its target. */
export function planIndexes(working: Working): void {
  const { match, steps, indexes, converted } = working;
  const { table } = match.target;
  const left = new Map(indexes.map((index) => [index.name, index]));
  const touched = (index: IndexSchema) => index.columns.some((column) => converted.has(column));
  for (const index of table.indexes) {
    const same = left.get(index.name);
    if (same !== undefined && sameIndex(same, index) && !touched(index)) {
      left.delete(index.name);
      continue;
    }
    const former = [...left.values()].find((other) => sameIndex(other, index));
    if (former !== undefined && !touched(index)) {
      // Renamed only: dropped and made again in one transaction, so it is never missing.
      left.delete(former.name);
      steps.push(dropIndex(working, former, 'its name follows a rename'));
      steps.push(createIndex(working, index, 'expand'));
      continue;
    }
    if (index.unique) steps.push(checkUnique(working, index));
    const later = index.unique || touched(index);
    steps.push(createIndex(working, index, later ? 'contract' : 'expand'));
  }
  for (const index of left.values()) {
    const reason = touched(index)
      ? 'the type of its column changes'
      : 'nothing asks for it any more';
    steps.push(dropIndex(working, index, reason));
  }
}

function sameIndex(one: IndexSchema, other: IndexSchema): boolean {
  return (
    one.unique === other.unique &&
    (one.liveOnly ?? false) === (other.liveOnly ?? false) &&
    (one.perTenant ?? false) === (other.perTenant ?? false) &&
    (one.fullText ?? false) === (other.fullText ?? false) &&
    one.columns.length === other.columns.length &&
    one.columns.every((column, position) => column === other.columns[position])
  );
}

function createIndex(
  { match }: Working,
  index: IndexSchema,
  phase: 'expand' | 'contract',
): MigrationStep {
  const { table } = match.target;
  return {
    kind: 'createIndex',
    key: `createIndex ${index.name}`,
    phase,
    risk: 'safe',
    description: `make the ${kindOf(index)}index "${index.name}" on ${index.columns.join(', ')}`,
    reason: `"${table.name}" asks for it`,
    table,
    index,
  };
}

function dropIndex({ match }: Working, index: IndexSchema, reason: string): MigrationStep {
  return {
    kind: 'dropIndex',
    key: `dropIndex ${index.name}`,
    phase: 'expand',
    risk: 'safe',
    description: `drop the index "${index.name}"`,
    reason,
    table: match.target.name,
    index: index.name,
    ...(index.fullText === true ? { fullText: true } : {}),
  };
}

function kindOf({ unique, fullText }: IndexSchema): string {
  if (fullText === true) return 'full-text ';
  return unique ? 'unique ' : '';
}

function checkUnique({ match, rows }: Working, index: IndexSchema): MigrationStep {
  const { name } = match.target;
  return {
    kind: 'checkUnique',
    key: `checkUnique ${index.name}`,
    phase: 'verify',
    risk: 'safe',
    description: `check that no two records of "${name}" have the same ${index.columns.join(', ')}`,
    reason: `"${index.name}" is unique`,
    rows,
    index,
  };
}
