import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TableSchema } from '@objectql/core/driver';
import { DatabaseSync } from '@photostructure/sqlite';
import { onTestFinished } from 'vitest';
import { SqlDriver } from '../src/index.js';

/** A small table. */
export const note: TableSchema = {
  name: 'note',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'body', type: 'text', nullable: true },
    { name: 'size', type: 'integer', nullable: true },
  ],
  indexes: [{ name: 'note_body', columns: ['body'], unique: false }],
};

/** A path in a folder that is gone after the test. */
export function temporaryFile(name = 'test.sqlite'): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'objectos-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, name);
}

/** A driver that is closed after the test. */
export async function connected(url: string): Promise<SqlDriver> {
  const driver = new SqlDriver({ url });
  await driver.connect();
  onTestFinished(() => driver.close());
  return driver;
}

/** Another program at the same database file. */
export function otherProgram(file: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
}
