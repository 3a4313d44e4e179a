import { readFileSync } from 'node:fs';
import {
  allFunctions,
  FORMULA_LIMITS,
  isSqlFunction,
  signatureOf,
  type FunctionGroup,
} from '../src/index.js';

const TITLES: Readonly<Record<FunctionGroup, string>> = {
  logic: 'Conditions and blanks',
  number: 'Numbers',
  text: 'Text',
  date: 'Dates and times',
  record: 'The change of a record',
  other: 'Money, places and JSON',
};

/** The reference page: the language in words, then the function table as the code has it. */
export function renderReference(): string {
  const language = readFileSync(new URL('../language.md', import.meta.url), 'utf8');
  const limits = new Map<string, number>(Object.entries(FORMULA_LIMITS));
  const evaluatedOnly = allFunctions()
    .map(({ name }) => name)
    .filter((name) => !isSqlFunction(name))
    .map((name) => `\`${name}\``);
  const words = language
    .replace(/\{(\w+)\}/g, (all, name: string) => limits.get(name)?.toLocaleString('en-US') ?? all)
    .replace('{evaluated only}', evaluatedOnly.join(', '));
  const tables = Object.entries(TITLES).map(([group, title]) => {
    const rows = allFunctions()
      .filter((definition) => definition.group === group)
      .map((definition) => {
        const result =
          typeof definition.result === 'string' ? definition.result : 'as its arguments';
        return `| \`${signatureOf(definition)}\` | ${definition.summary} | ${result} |`;
      });
    return [`### ${title}`, '', '| function | gives | type |', '|---|---|---|', ...rows].join('\n');
  });
  return [
    '<!-- Generated from packages/formula; run: npx vitest run --project @objectos/formula test/docs -u -->',
    words.trim(),
    ...tables,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
