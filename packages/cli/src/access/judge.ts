import type { AccessCase, AccessFile } from './cases.js';
import type { CaseResult } from './run-case.js';

/** Says what a result lacks of what its case expects; nothing when it is as expected. */
export function judge(one: AccessCase, result: CaseResult, { fixtures }: AccessFile): string[] {
  const problems: string[] = [];
  if (result.outcome !== one.expect) {
    const code = result.code === undefined ? '' : ` (${result.code})`;
    problems.push(`expected ${one.expect}, was ${result.outcome}${code}`);
  }
  if (one.rows !== undefined) {
    const own = new Set(fixtures.filter(({ object }) => object === one.object).map(({ id }) => id));
    const seen = result.records.map((record) => String(record['id'])).filter((id) => own.has(id));
    const [expected, found] = [[...one.rows].sort().join(', '), seen.sort().join(', ')];
    if (expected !== found) problems.push(`expected rows [${expected}], saw [${found}]`);
  }
  const fields = new Set(result.records.flatMap((record) => Object.keys(record)));
  for (const name of one.shows ?? [])
    if (!fields.has(name)) problems.push(`"${name}" is not shown`);
  for (const name of one.hides ?? []) if (fields.has(name)) problems.push(`"${name}" is shown`);
  return problems;
}

/** A case in words. */
export function describeCase(one: AccessCase): string {
  const record = one.id === undefined ? '' : ` ${one.id}`;
  return one.name ?? `${one.as} ${one.does}s ${one.object}${record}`;
}
