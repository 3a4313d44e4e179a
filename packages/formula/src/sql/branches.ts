import { anyOf, onlyIf, textOrNull, booleanOf, numberOrNull, type Builder } from './build.js';
import { realSql, unifyNumbers } from './numbers.js';
import { notCompilable, type NumberSql, type RealSql, type Sql } from './types.js';

/** One way through a CASE: taken where the condition holds and none before it did. */
export interface Branch {
  /** Never NULL. Absent in the last branch: what remains. */
  readonly when: string | undefined;
  /** Where finding out about the condition fails. */
  readonly error?: string | undefined;
  readonly then: Sql;
}

/** The first branch whose condition holds, else no value. */
export function choose(branches: readonly Branch[], builder: Builder): Sql {
  const error = errorOf(branches);
  const isOpen = branches.at(-1)?.when !== undefined;
  const values = branches.map((branch) => branch.then);
  const nullable = isOpen || values.some((value) => value.kind === 'null' || value.nullable);
  const kinds = new Set(values.map((value) => value.kind).filter((kind) => kind !== 'null'));
  if (kinds.size === 0) return { kind: 'null', nullable: true, error };
  if (kinds.has('number') || kinds.has('real')) {
    return { ...chooseNumber(branches, kinds, builder), nullable, error };
  }
  const [kind] = kinds;
  if (kind === undefined || kind === 'number' || kind === 'real' || kinds.size > 1)
    return notCompilable('its branches give different types');
  switch (kind) {
    case 'text':
      return {
        kind,
        sql: caseOf(branches, (value) => textOrNull(value, builder).sql),
        nullable,
        error,
      };
    case 'boolean':
      return {
        kind,
        sql: caseOf(branches, (value) => booleanOf(value, builder).sql),
        nullable,
        error,
      };
    case 'list':
      return { kind, sql: caseOf(branches, sqlOrNull), nullable, error };
    default:
      return { kind, sql: caseOf(branches, sqlOrNull), nullable, error };
  }
}

function sqlOrNull(value: Sql): string {
  return value.kind === 'null' ? 'NULL' : value.sql;
}

function chooseNumber(
  branches: readonly Branch[],
  kinds: ReadonlySet<Sql['kind']>,
  builder: Builder,
): Pick<NumberSql, 'kind' | 'sql' | 'scale' | 'denominator'> | Pick<RealSql, 'kind' | 'sql'> {
  if (kinds.has('real')) {
    const real = (value: Sql): string =>
      realSql(value.kind === 'real' ? value : numberOrNull(value, builder), builder);
    return { kind: 'real', sql: caseOf(branches, real) };
  }
  const numbers = unifyNumbers(branches.map((branch) => numberOrNull(branch.then, builder)));
  const pick = (part: (number: NumberSql) => string): string =>
    caseOf(
      branches.map((branch, index) => ({ ...branch, number: numbers[index] })),
      (_, branch) => (branch.number === undefined ? 'NULL' : part(branch.number)),
    );
  const scale = numbers[0]?.scale ?? 0;
  const sql = pick((number) => number.sql);
  if (numbers[0]?.denominator === undefined) return { kind: 'number', sql, scale };
  return { kind: 'number', sql, scale, denominator: pick((number) => number.denominator ?? '1') };
}

function caseOf<B extends Branch>(
  branches: readonly B[],
  write: (value: Sql, branch: B) => string,
): string {
  const parts = branches.map((branch) => {
    const then = write(branch.then, branch);
    return branch.when === undefined ? `ELSE ${then}` : `WHEN ${branch.when} THEN ${then}`;
  });
  if (branches[0]?.when === undefined)
    return branches[0] === undefined ? 'NULL' : write(branches[0].then, branches[0]);
  return `(CASE ${parts.join(' ')} END)`;
}

/** Conditions fail on the way to them, values only where they are taken. */
function errorOf(branches: readonly Branch[]): string | undefined {
  return branches.reduceRight<string | undefined>((later, branch) => {
    const { when, error, then } = branch;
    if (when === undefined) return then.error;
    return anyOf(error, onlyIf(when, then.error), onlyIf(`NOT ${when}`, later));
  }, undefined);
}
