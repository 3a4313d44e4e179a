// Pages of measured numbers: each benchmark writes its own section and leaves the others alone.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';

/** The page about the engine. */
export const ENGINE_PAGE = {
  file: 'docs/benchmarks-engine.md',
  head: `# Benchmarks of the engine

What the engine does (principal, permission filter, validation, defaults, references, change log) beside SQL
written by hand for the same database, in the same process and the same run. Compare the ratios, not the
absolute numbers.`,
  sections: ['Operations beside raw SQL', 'What features add', 'A million records'],
};

/** The page about the server. */
export const SERVER_PAGE = {
  file: 'docs/benchmarks.md',
  head: `# Benchmarks

Requests to the server beside a Fastify handler with prepared statements on the same database: no
principal, no validation, no change log, no envelope. Compare the ratios, not the absolute numbers.`,
  sections: [
    'SQLite',
    'PostgreSQL',
    'What permission adds on SQLite',
    'What permission adds on PostgreSQL',
    'What metrics and traces add',
  ],
};

/** Writes one section of a page. */
export function writeSection({ file, head, sections }, title, text) {
  const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const kept = new Map(
    known
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section.trimEnd()]),
  );
  kept.set(title, `${title}\n\n${text.trim()}`);
  const written = sections.flatMap((name) => (kept.has(name) ? [`## ${kept.get(name)}`] : []));
  writeFileSync(file, `${[head, ...written].join('\n\n')}\n`);
}

/** When and on what it was measured, without naming the machine. */
export function conditions() {
  const day = new Date().toISOString().slice(0, 10);
  const load = os.loadavg()[0].toFixed(1);
  return `${day}, Node ${process.version}, ${os.cpus().length} cores, load average ${load} at the end`;
}
