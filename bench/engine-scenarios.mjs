// Operations of the engine beside the same in raw SQL.
import { ctx, newContact, newRow, numberWord, wordOf } from './engine-data.mjs';

/** All of them, in the order of the table. */
export function scenarios(engine, raw, rows) {
  const any = () => 1 + Math.floor(Math.random() * rows);
  return [...reads(engine, raw, any), ...searches(engine, raw, any), ...writes(engine, raw)];
}

function reads(engine, raw, any) {
  const open = {
    where: { op: 'eq', field: 'status', value: 'open' },
    orderBy: [{ field: 'name', direction: 'asc' }],
    limit: 20,
  };
  const totals = {
    groupBy: [{ field: 'status' }],
    aggregations: [
      { function: 'count', alias: 'n' },
      { function: 'sum', field: 'amount', alias: 'total' },
    ],
  };
  const totalsSql =
    'SELECT status, count(*) AS n, sum(amount) AS total FROM contact WHERE deleted_at IS NULL GROUP BY status';
  return [
    {
      name: 'get by id',
      goal: 50,
      ours: () => engine.get('contact', `c${any()}`, ctx),
      raw: () => raw.all('SELECT * FROM contact WHERE id = ?', [`c${any()}`]),
    },
    {
      name: 'list 20, filtered and sorted',
      goal: 60,
      ours: () => engine.find('contact', open, ctx),
      raw: () => raw.list('open'),
    },
    {
      name: 'list 20 with two expands',
      goal: 50,
      ours: () => engine.find('contact', { ...open, expand: { account: {}, campaign: {} } }, ctx),
      raw: () => rawExpand(raw),
    },
    {
      name: 'sum and count by status',
      goal: 80,
      ours: () => engine.aggregate('contact', totals, ctx),
      raw: () => raw.all(totalsSql, []),
    },
  ];
}

async function rawExpand(raw) {
  const found = await raw.list('open');
  for (const name of ['account', 'campaign']) {
    const ids = [...new Set(found.map((row) => row[name]))];
    const byId = new Map((await raw.byIds(name, ids)).map((row) => [row.id, row]));
    for (const row of found) row[name] = byId.get(row[name]) ?? null;
  }
  return found;
}

function searches(engine, raw, any) {
  const search = (name, word) => ({
    name: `search, ${name}`,
    ours: () => engine.find('note', { search: word(), limit: 20 }, ctx),
    raw: () => raw.search(word()),
  });
  const between = (low, high) => () => wordOf(low + Math.floor(Math.random() * (high - low)));
  return [
    search('a word of one record', () => numberWord(any())),
    search('a word of a hundredth of the records', between(1000, 1400)),
    search('a word of a twentieth', between(80, 120)),
  ];
}

function writes(engine, raw) {
  const create = () => engine.insert('contact', newContact(), ctx);
  return [
    { name: 'create, beside one INSERT', goal: 50, ours: create, raw: () => raw.insert(newRow()) },
    {
      name: 'create, beside a transaction that writes the same rows',
      ours: create,
      raw: () => raw.insertWhole(newRow()),
    },
    {
      name: 'bulk create of 1,000',
      goal: 50,
      workers: 1,
      ours: () => engine.insertMany('contact', Array.from({ length: 1000 }, newContact), ctx),
      raw: () => raw.insertMany(Array.from({ length: 1000 }, newRow)),
    },
  ];
}
