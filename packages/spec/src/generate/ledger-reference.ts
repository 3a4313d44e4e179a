import type { LedgerEntry } from '../ledger/entries.js';
import { ledger } from '../ledger/ledger.js';
import { formats } from '../metadata/formats.js';
import { cell } from './error-reference.js';

/** The ledger as a Markdown page. */
export function ledgerReference(): string {
  const sections = Object.values(formats).flatMap(({ type, folder, plugin }) => [
    `## ${type}`,
    '',
    `Files \`*.${type}.yml\`, or in the folder \`${folder}/\`. ${
      plugin === undefined ? 'Active.' : `Without effect until \`${plugin}\` is loaded.`
    }`,
    '',
    '| Key | Status | Consumer |',
    '| --- | --- | --- |',
    ...[...ledger[type]].sort(byKey).map(row),
    '',
  ]);
  return [
    '# Metadata keys',
    '',
    'Generated from the schemas and the ledger by `pnpm generate`. A key that is not here is refused. `*` stands for the items of a list and the names of a map.',
    '',
    ...sections,
  ].join('\n');
}

function byKey(left: LedgerEntry, right: LedgerEntry): number {
  return left.key < right.key ? -1 : 1;
}

function row(entry: LedgerEntry): string {
  const status =
    entry.status === 'active' ? 'active' : `waits for ${entry.plugin ?? entry.consumer}`;
  return `| \`${cell(entry.key)}\` | ${cell(status)} | \`${cell(entry.consumer)}\` |`;
}
