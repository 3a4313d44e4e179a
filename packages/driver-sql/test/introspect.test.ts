import { diffSchema, type TableSchema } from '@objectql/core/driver';
import { expect, it } from 'vitest';
import { loadBinding } from '../src/sqlite/binding.js';
import { openConnection } from '../src/sqlite/connection.js';
import { introspectSqlite } from '../src/sqlite/introspect.js';
import { connected, note, otherProgram, temporaryFile } from './support.js';

const table = (number: number): TableSchema => ({
  ...note,
  name: `note_${number}`,
  indexes: [
    { name: `by_body_${number}`, columns: ['body', 'size'], unique: false },
    { name: `only_body_${number}`, columns: ['body'], unique: true },
  ],
});

/** Reads the schema of a file, and counts the queries. */
async function introspect(file: string): Promise<{ tables: TableSchema[]; queries: number }> {
  const connection = openConnection(await loadBinding(), file, { readOnly: true });
  let queries = 0;
  try {
    const tables = introspectSqlite({
      ...connection,
      lost: undefined,
      all(text, values) {
        queries += 1;
        return connection.all(text, values);
      },
    });
    return { tables, queries };
  } finally {
    connection.close();
  }
}

it('asks no more of a database with many tables', async () => {
  const file = temporaryFile();
  const driver = await connected(file);
  const apply = async (tables: readonly TableSchema[]) =>
    driver.applySchema(diffSchema(await driver.introspect(), tables).changes);
  await apply([table(1)]);
  const one = await introspect(file);
  const many = Array.from({ length: 40 }, (_, number) => table(number));
  await apply(many);
  otherProgram(file, 'CREATE INDEX by_hand ON note_1 (size)');
  const all = await introspect(file);
  expect(all.queries).toBe(one.queries);
  expect(diffSchema(all.tables, many)).toEqual({ changes: [], destructive: [], unused: [] });
});
