import { accessMatrix, type AccessMatrix } from '@objectos/permissions';
import type { MetadataSnapshot } from '@objectql/core';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Name of the matrix file in an application's folder. */
export const MATRIX_FILE = 'access-matrix.json';

/** Writes what each set of the files grants, sorted, so that a change shows as a difference. */
export async function writeMatrix(folder: string, snapshot: MetadataSnapshot): Promise<string> {
  const file = path.join(folder, MATRIX_FILE);
  await writeFile(file, textOf(accessMatrix(snapshot)));
  return file;
}

/** The lines in which the file and the metadata differ; `undefined` where there is no file. */
export async function compareMatrix(
  folder: string,
  snapshot: MetadataSnapshot,
): Promise<string[] | undefined> {
  const stored = await readFile(path.join(folder, MATRIX_FILE), 'utf8').catch(() => undefined);
  if (stored === undefined) return undefined;
  const before = linesOf(JSON.parse(stored) as AccessMatrix);
  const after = linesOf(accessMatrix(snapshot));
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ].sort((left, right) => (left.slice(2) < right.slice(2) ? -1 : 1));
}

function textOf(matrix: AccessMatrix): string {
  return `${JSON.stringify(matrix, undefined, 2)}\n`;
}

function linesOf(matrix: AccessMatrix): Set<string> {
  const lines = new Set<string>();
  for (const [set, objects] of Object.entries(matrix)) {
    for (const [object, { operations, readable, editable, policies }] of Object.entries(objects)) {
      for (const operation of operations) lines.add(`${set}: ${operation} ${object}`);
      for (const field of readable) lines.add(`${set}: see ${object}.${field}`);
      for (const field of editable) lines.add(`${set}: change ${object}.${field}`);
      for (const policy of policies) lines.add(`${set}: only by policy ${object}.${policy}`);
    }
  }
  return lines;
}
