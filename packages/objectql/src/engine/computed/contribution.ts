import type { Row } from '../../driver/contract.js';
import type { FieldMeta, ObjectMeta, SummaryMeta } from '../../metadata/compiled.js';
import { placesOf } from '../../metadata/computed/places.js';
import { surroundingsOf, withOwnFormulas } from './evaluate.js';
import type { WriteScope } from '../write-scope.js';

/** A row before and after a write; absent where there is none. */
export interface RowImage {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

type SummaryField = FieldMeta & { readonly summary: SummaryMeta };

/**
 * True when the value can follow from the changes of its children alone, exactly: counts, and sums of
 * stored fields with a known number of digits.
 */
export function isIncremental(child: ObjectMeta, { summary }: SummaryField): boolean {
  if (summary.function === 'count' && summary.field === undefined) return true;
  if (summary.function !== 'sum' || summary.scale === undefined) return false;
  const field = child.fields.get(summary.field ?? '');
  return field !== undefined && field.formula === undefined && placesOf(field) === summary.scale;
}

/** What a change of a child adds to its parents' values, by parent, in units of the last digit. */
export function* deltasOf(
  scope: WriteScope,
  child: ObjectMeta,
  field: SummaryField,
  { before, after }: RowImage,
): Generator<readonly [string, number]> {
  const gone = contributionOf(scope, child, field, before);
  const come = contributionOf(scope, child, field, after);
  if (gone !== undefined) yield [gone.parent, -gone.amount];
  if (come !== undefined) yield [come.parent, come.amount];
}

function contributionOf(
  scope: WriteScope,
  child: ObjectMeta,
  { summary }: SummaryField,
  row: Row | undefined,
): { readonly parent: string; readonly amount: number } | undefined {
  const parent = row?.[summary.via];
  if (row === undefined || typeof parent !== 'string' || !counts(scope, child, summary, row)) {
    return undefined;
  }
  if (summary.function === 'count') return { parent, amount: 1 };
  const value = row[summary.field ?? ''];
  if (typeof value !== 'number') return undefined;
  return { parent, amount: unitsOf(value, summary.scale ?? 0) };
}

/** True for a child that is no deleted one and that the summary's filter lets through. */
export function counts(
  { ctx, at }: WriteScope,
  child: ObjectMeta,
  { filter }: SummaryMeta,
  row: Row,
): boolean {
  if ((row['deleted_at'] ?? null) !== null) return false;
  if (filter === undefined) return true;
  const surroundings = surroundingsOf(ctx, Date.parse(at));
  const names = filter.paths.map(([name = '']) => name);
  const record = withOwnFormulas(child, names, row, surroundings);
  return filter.evaluate({ record, isNew: false, ...surroundings }) === true;
}

/** A number in units of its last digit: whole, so that sums are exact up to 2^53. */
export function unitsOf(value: number, scale: number): number {
  return Math.round(value * 10 ** scale);
}

/** The number of so many units. */
export function fromUnits(units: number, scale: number): number {
  return units / 10 ** scale;
}
