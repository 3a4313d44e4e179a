import { catalogue } from '../errors/index.js';

interface Entry {
  readonly category: string;
  readonly status: number;
  readonly retryable?: boolean | undefined;
  message(params: unknown): string;
  hint(params: unknown): string;
}

/** The error catalogue as a Markdown page. */
export function errorReference(): string {
  const codes = Object.entries(catalogue as unknown as Readonly<Record<string, Entry>>);
  const rows = codes
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, entry]) => {
      const params = sample('');
      const cells = [
        `\`${code}\``,
        String(entry.status),
        entry.category + (entry.retryable === true ? ', retryable' : ''),
        entry.message(params),
        entry.hint(params),
      ];
      return `| ${cells.map(cell).join(' | ')} |`;
    });
  return [
    '# Errors',
    '',
    'Generated from the catalogue by `pnpm generate`. Every refusal of every surface has one of these codes; they are stable. Words in `⟨⟩` are filled in.',
    '',
    '| Code | Status | Category | Message | Hint |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** One cell of a Markdown table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
}

const LIST_METHODS = new Set([
  'map',
  'filter',
  'slice',
  'toSorted',
  'concat',
  'toLowerCase',
  'toUpperCase',
]);

/**
 * Stands for parameters of any shape: as a text, each is its own name. The texts of the catalogue
 * are functions of their parameters, so this shows them with every optional part present.
 */
function sample(name: string): unknown {
  const shown = `⟨${name}⟩`;
  return new Proxy(() => undefined, {
    get(_target, key) {
      if (key === Symbol.toPrimitive || key === 'toString' || key === 'join') return () => shown;
      if (key === Symbol.iterator) return [shown][Symbol.iterator].bind([shown]);
      if (key === 'length') return 2;
      if (typeof key === 'symbol') return undefined;
      return LIST_METHODS.has(key) ? () => sample(name) : sample(key);
    },
    apply: () => sample(name),
  });
}
