import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/server.js';

/** A test that something relies on. */
export interface TestClaim {
  /** From the root of the repository. */
  readonly file: string;
  readonly title: string;
}

/** The claims that name a file, or a title in it, that is not there. */
export function missingTests(claims: readonly TestClaim[]): string[] {
  return claims.flatMap(({ file, title }) => {
    const full = path.join(root, file);
    if (!existsSync(full)) return [`${file} does not exist`];
    return titlesOf(full).has(title) ? [] : [`${file} has no "${title}"`];
  });
}

/** What follows `it(`, `describe.each(…)(` and the like: a text in quotes of any kind. */
const TITLE =
  /(?:\b(?:it|test|describe)(?:\.\w+)*\(|\)\()\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

const known = new Map<string, ReadonlySet<string>>();

/** The titles of tests and groups in a file, as they are written. */
function titlesOf(file: string): ReadonlySet<string> {
  const found =
    known.get(file) ??
    new Set(
      [...readFileSync(file, 'utf8').matchAll(TITLE)].map(([, single, double, template]) =>
        (single ?? double ?? template ?? '').replaceAll(/\\(['"`])/g, '$1'),
      ),
    );
  known.set(file, found);
  return found;
}
