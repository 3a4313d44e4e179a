// The baseline: Fastify and prepared statements on the same SQLite binding and a copy of the same
// database file. No principal, no permission, no validation, no change log, no envelope.
import { createRequire } from 'node:module';
import Fastify from 'fastify';

const [file] = process.argv.slice(2);
const require = createRequire(new URL('../packages/driver-sql/package.json', import.meta.url));
const { DatabaseSync } = process.versions.node.startsWith('20.')
  ? require('@photostructure/sqlite')
  : process.getBuiltinModule('node:sqlite');

const db = new DatabaseSync(file);
db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000');

const columns = db
  .prepare('PRAGMA table_info(contact)')
  .all()
  .map((column) => `"${column.name}"`)
  .join(', ');
const accountColumns = db
  .prepare('PRAGMA table_info(account)')
  .all()
  .map((column) => `"${column.name}"`)
  .join(', ');
const byId = db.prepare(`SELECT ${columns} FROM contact WHERE id = ?`);
const list = db.prepare(
  `SELECT ${columns} FROM contact WHERE department = ? AND deleted_at IS NULL ORDER BY name LIMIT ?`,
);
const count = db.prepare(
  'SELECT count(*) AS n FROM contact WHERE department = ? AND deleted_at IS NULL',
);
const insert = db.prepare(
  `INSERT INTO contact (id, name, email, department, created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, 1)`,
);
const update = db.prepare(
  'UPDATE contact SET title = ?, updated_at = ?, revision = revision + 1 WHERE id = ?',
);
const accounts = new Map();

function accountsById(ids) {
  let statement = accounts.get(ids.length);
  if (statement === undefined) {
    const marks = ids.map(() => '?').join(', ');
    statement = db.prepare(`SELECT ${accountColumns} FROM account WHERE id IN (${marks})`);
    accounts.set(ids.length, statement);
  }
  return statement.all(...ids);
}

const app = Fastify();
let made = 0;
const newRow = (body) => {
  made += 1;
  const at = new Date().toISOString();
  return [`raw-${process.pid}-${made}`, body.name, body.email, body.department, at, at];
};

app.get('/contact/:id', (request) => byId.get(request.params.id));
app.get('/contact', (request) => {
  const { department, top, expand, total } = request.query;
  const records = list.all(department, Number(top));
  if (expand === 'account') {
    const ids = [...new Set(records.map((record) => record.account).filter((id) => id !== null))];
    const found = new Map(accountsById(ids).map((account) => [account.id, account]));
    for (const record of records) record.account = found.get(record.account) ?? null;
  }
  return total === 'true' ? { records, total: count.get(department).n } : records;
});
app.post('/contact', (request) => {
  const row = newRow(request.body);
  insert.run(...row);
  return byId.get(row[0]);
});
app.patch('/contact/:id', (request) => {
  update.run(request.body.title, new Date().toISOString(), request.params.id);
  return byId.get(request.params.id);
});
app.post('/contact/createMany', (request) => {
  db.exec('BEGIN IMMEDIATE');
  const ids = request.body.map((body) => {
    const row = newRow(body);
    insert.run(...row);
    return row[0];
  });
  db.exec('COMMIT');
  return ids.map((id) => byId.get(id));
});

await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ url: `http://127.0.0.1:${app.server.address().port}` }));
