import { CANARY } from './application.js';
import type { GoldenCase } from './cases.js';
import type { Sent } from './send.js';
import type { Actor, World } from './world.js';

/** What every answer must be, whoever asks for what. */
const MAY_SEE: Readonly<Record<keyof typeof CANARY, readonly Actor[]>> = {
  hidden: ['a.mgr', 'a.admin', 'b.admin'],
  secret: [],
  tenantB: ['b.rep', 'b.admin'],
  unshared: ['a.mgr', 'a.admin'],
};

/** Words of the inside that no answer tells. */
const INSIDE = /\bSELECT\b|\bINSERT INTO\b|SQLITE_|node_modules|\/src\/|\bat [\w.<>]+ \(/;

/** Says what is wrong with an answer; nothing when it is as expected. */
export function judge(
  { expect }: GoldenCase,
  { actor, answer, world }: { readonly actor: Actor; readonly answer: Sent; readonly world: World },
): string[] {
  const { status, text, body, statements } = answer;
  const problems: string[] = [...safety(actor, answer)];
  const fail = (problem: string): void => void problems.push(problem);
  const told = (body as { code?: string } | undefined)?.code;
  if (![expect.status].flat().includes(status)) {
    fail(`status ${status} instead of ${String(expect.status)}: ${text.slice(0, 300)}`);
  }
  if (expect.code !== undefined && ![expect.code].flat().includes(told ?? '')) {
    fail(`code ${String(told)} instead of ${String(expect.code)}`);
  }
  if (statements > expect.statements)
    fail(`${statements} statements, at most ${expect.statements}`);
  for (const part of expect.contains)
    if (!text.includes(part)) fail(`"${part}" is missing: ${text.slice(0, 300)}`);
  for (const part of expect.lacks) if (text.includes(part)) fail(`"${part}" is told`);
  for (const [name, value] of Object.entries(expect.header)) {
    const found = String(answer.headers[name] ?? '');
    if (!found.includes(value)) fail(`header ${name} is "${found}", without "${value}"`);
  }
  for (const [path, value] of Object.entries(expect.body ?? {})) {
    const found = JSON.stringify(at(body, path));
    if (found !== JSON.stringify(value)) fail(`${path} is ${found}, not ${JSON.stringify(value)}`);
  }
  if (expect.rows !== undefined) {
    const wanted = expect.rows.map((name) => world.ids[name] ?? name).sort();
    const found = rowsOf(answer).sort();
    if (JSON.stringify(wanted) !== JSON.stringify(found))
      fail(`rows ${found.join()}, not ${wanted.join()}`);
  }
  const total = at(body, 'data.total');
  if (expect.total !== undefined && total !== undefined && total !== expect.total) {
    fail(`total ${JSON.stringify(total)}, not ${expect.total}`);
  }
  return problems;
}

function safety(actor: Actor, { status, text, headers }: Sent): string[] {
  const problems: string[] = [];
  for (const [name, canary] of Object.entries(CANARY)) {
    const allowed = MAY_SEE[name as keyof typeof CANARY].includes(actor);
    if (!allowed && text.includes(canary)) problems.push(`the ${name} canary is told to ${actor}`);
  }
  if (status >= 500) problems.push(`status ${status}`);
  if (status >= 400 && INSIDE.test(text)) problems.push('the inside is told');
  if (headers['x-content-type-options'] !== 'nosniff') problems.push('no security headers');
  if (headers['x-powered-by'] !== undefined) problems.push('it says what it runs on');
  return problems;
}

function rowsOf({ text, body }: Sent): string[] {
  const records =
    body !== undefined && at(body, 'data') !== undefined
      ? ((at(body, 'data.records') ?? at(body, 'data')) as { id?: string }[])
      : text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as { id?: string });
  return records.map(({ id = '' }) => id);
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (inner as Record<string, unknown> | undefined | null)?.[key],
      value,
    );
}

/** An answer without what differs between two equal requests. */
export function comparable({ status, text }: Sent, hide: readonly string[]): string {
  const without = hide.reduce((rest, word) => rest.replaceAll(word, '*'), text);
  return `${status} ${without
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":""')
    .replaceAll(/"decisionId":"[^"]*"/g, '"decisionId":""')}`;
}
