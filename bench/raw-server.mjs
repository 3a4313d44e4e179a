// The baseline: Fastify and prepared statements on the same database, or a copy of it. No principal, no
// permission, no validation, no change log, no envelope. `node bench/raw-server.mjs <file or URL>`
import process from 'node:process';
import Fastify from 'fastify';
import { postgresStore } from './raw-store-postgres.mjs';
import { sqliteStore } from './raw-store-sqlite.mjs';

const [place] = process.argv.slice(2);
const store = place.startsWith('postgres:') ? await postgresStore(place) : sqliteStore(place);

const app = Fastify();
let made = 0;
const newRow = (body) => {
  made += 1;
  const at = new Date().toISOString();
  return [`raw-${process.pid}-${made}`, body.name, body.email, body.department, at, at];
};

app.get('/contact/:id', (request) => store.byId(request.params.id));
app.get('/contact', async (request) => {
  const { department, top, expand, total } = request.query;
  const records = await store.list(department, Number(top));
  if (expand === 'account') {
    const ids = [...new Set(records.map((record) => record.account).filter((id) => id !== null))];
    const found = new Map((await store.accountsById(ids)).map((account) => [account.id, account]));
    for (const record of records) record.account = found.get(record.account) ?? null;
  }
  return total === 'true' ? { records, total: await store.count(department) } : records;
});
app.post('/contact', (request) => store.create(newRow(request.body)));
app.patch('/contact/:id', (request) =>
  store.update(request.params.id, request.body.title, new Date().toISOString()),
);
app.post('/contact/createMany', (request) => store.createMany(request.body.map(newRow)));

await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ url: `http://127.0.0.1:${app.server.address().port}` }));
