// What the raw server asks of SQLite: prepared statements on the binding that the driver uses.
import { createRequire } from 'node:module';
import process from 'node:process';

const require = createRequire(new URL('../packages/driver-sql/package.json', import.meta.url));

/** Opens a file. */
export function sqliteStore(file) {
  const { DatabaseSync } = process.versions.node.startsWith('20.')
    ? require('@photostructure/sqlite')
    : process.getBuiltinModule('node:sqlite');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000');
  const columnsOf = (table) =>
    db
      .prepare(`PRAGMA table_info(${table})`)
      .all()
      .map((column) => `"${column.name}"`)
      .join(', ');
  const [columns, accountColumns] = [columnsOf('contact'), columnsOf('account')];
  const byId = db.prepare(`SELECT ${columns} FROM contact WHERE id = ?`);
  const list = db.prepare(
    `SELECT ${columns} FROM contact WHERE department = ? AND deleted_at IS NULL ORDER BY name, id LIMIT ?`,
  );
  const count = db.prepare(
    'SELECT count(*) AS n FROM contact WHERE department = ? AND deleted_at IS NULL',
  );
  const insert = db.prepare(
    'INSERT INTO contact (id, name, email, department, created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, 1)',
  );
  const update = db.prepare(
    'UPDATE contact SET title = ?, updated_at = ?, revision = revision + 1 WHERE id = ?',
  );
  const accounts = new Map();
  const accountsById = (ids) => {
    if (!accounts.has(ids.length)) {
      const marks = ids.map(() => '?').join(', ');
      accounts.set(
        ids.length,
        db.prepare(`SELECT ${accountColumns} FROM account WHERE id IN (${marks})`),
      );
    }
    return accounts.get(ids.length).all(...ids);
  };
  return {
    byId: (id) => byId.get(id),
    list: (department, limit) => list.all(department, limit),
    count: (department) => count.get(department).n,
    accountsById,
    create(row) {
      insert.run(...row);
      return byId.get(row[0]);
    },
    update(id, title, at) {
      update.run(title, at, id);
      return byId.get(id);
    },
    createMany(rows) {
      db.exec('BEGIN IMMEDIATE');
      for (const row of rows) insert.run(...row);
      db.exec('COMMIT');
      return rows.map(([id]) => byId.get(id));
    },
  };
}
