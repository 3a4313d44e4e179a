// Engine level: the same operations by the system and by users, interleaved in one process; CPU time.
import { createTestlessKernel } from './kernel.mjs';
import { analyze, explain, recorder } from './plans.mjs';
import { files, insert, median, rows } from './application.mjs';

const [, , url, countText = '100000', only = ''] = process.argv.filter(
  (one) => !one.startsWith('--'),
);
const count = Number(countText);
const plans = process.argv.includes('--plans');
const USERS = 200;
// A thousand roles and ten thousand groups that the requests have nothing to do with.
const large = process.argv.includes('--large');
const app = await createTestlessKernel(url, files({ roles: large ? 1_000 : 0 }));
const { engine, systemContext } = app;
const last = recorder(app.driver);
const system = systemContext('bench', { tenantId: 'org' });
const as = (id, roles) => ({
  principal: { kind: 'user', id, tenantId: 'org', roles, fingerprint: id },
  requestId: 'bench',
});

const begin = performance.now();
// One in 2,000 records is the seller's own; the lead's team owns one in ten, the other half is spread.
const ownerOf = (at) =>
  at % 2000 === 0 ? 'seller' : at % 10 === 1 ? `team-${at % 7}` : `user-${at % USERS}`;
const data = rows(count, ownerOf);
await insert(engine, 'open', data, system);
await insert(engine, 'closed', data, system);
await insert(
  engine,
  'role_assignment',
  [
    { user_id: 'seller', role: 'rep' },
    { user_id: 'lead', role: 'lead' },
    ...Array.from({ length: 7 }, (_, at) => ({ user_id: `team-${at}`, role: 'rep' })),
    { user_id: 'sharer', role: 'rep' },
    { user_id: 'grouped', role: 'rep' },
  ],
  system,
);
await insert(engine, 'group', [{ name: 'berlin' }, { name: 'desk' }], system);
await insert(
  engine,
  'group_member',
  [
    { group: 'berlin', user_id: 'grouped' },
    { group: 'desk', user_id: 'sharer' },
  ],
  system,
);
// Shares: 500 with the sharer, by group; 20,000 with others, so that the table is not empty.
await insert(
  engine,
  'record_share',
  Array.from({ length: 20_500 }, (_, at) => ({
    object: 'closed',
    record_id: `rec-${String((at * 37) % count).padStart(7, '0')}`,
    grantee: at < 500 ? 'group:desk' : `user:user-${at % USERS}`,
    access_level: 'read',
  })),
  system,
);
if (large) {
  const names = Array.from({ length: 10_000 }, (_, at) => `g${at}`);
  await insert(
    engine,
    'group',
    names.map((name) => ({ name })),
    system,
  );
  const members = names.map((group, at) => ({ group, user_id: `user-${at % USERS}` }));
  await insert(engine, 'group_member', members, system);
}
await analyze(url);
console.error(`filled in ${Math.round(performance.now() - begin)} ms`);

const WHO = {
  system,
  'everybody reads': as('seller', []),
  'seller (owns 1 in 2,000)': as('seller', []),
  'lead (below: 1 in 10)': as('lead', []),
  'sharer (500 shares)': as('sharer', []),
  'grouped (rule: 1 in 1,000)': as('grouped', []),
};
const get = (object, id, ctx) => engine.get(object, id, ctx);
const list = (object, query) => (ctx) => engine.find(object, { limit: 20, ...query }, ctx);
const byName = { orderBy: [{ field: 'name', direction: 'asc' }] };
const id = (at) => `rec-${String(at).padStart(7, '0')}`;
const cases = [
  ['get, everybody reads', 'everybody reads', (ctx) => get('open', id(4000), ctx)],
  ['get, own', 'seller (owns 1 in 2,000)', (ctx) => get('closed', id(4000), ctx)],
  ['get, hierarchy', 'lead (below: 1 in 10)', (ctx) => get('closed', id(4001), ctx)],
  ['get, share', 'sharer (500 shares)', (ctx) => get('closed', id(3700), ctx)],
  ['list 20, everybody reads', 'everybody reads', list('open')],
  ['list 20 by name, everybody reads', 'everybody reads', list('open', byName)],
  ...[
    'seller (owns 1 in 2,000)',
    'lead (below: 1 in 10)',
    'sharer (500 shares)',
    'grouped (rule: 1 in 1,000)',
  ].flatMap((who) => [
    [`list 20, ${who}`, who, list('closed')],
    [`list 20 by name, ${who}`, who, list('closed', byName)],
  ]),
].filter(([name]) => name.includes(only));

const table = [];
for (const [name, who, work] of cases) {
  const measured = { system: [], user: [] };
  for (let round = 0; round < 7; round += 1) {
    for (const [side, ctx] of [
      ['system', system],
      ['user', WHO[who]],
    ]) {
      measured[side].push(await cost(() => work(ctx), round === 0 ? 400 : 200));
    }
  }
  if (plans) {
    await work(WHO[who]);
    const { text, plan } = await explain(url, last());
    console.log(`\n${name}\n${text}\n  ${plan.join('\n  ')}`);
  }
  const [base, user] = [median(measured.system.slice(1)), median(measured.user.slice(1))];
  table.push({
    case: name,
    'system us': Math.round(base),
    'user us': Math.round(user),
    ratio: Number((user / base).toFixed(2)),
  });
}
console.table(table);
await app.stop();

/** Microseconds of one run, by the wall clock: a database server works in another process. */
async function cost(work, wanted) {
  const first = performance.now();
  await work();
  const one = performance.now() - first;
  const times = Math.max(10, Math.min(wanted, Math.ceil(300 / Math.max(one, 0.01))));
  const spent = [];
  for (let at = 0; at < times; at += 1) {
    const start = performance.now();
    await work();
    spent.push(performance.now() - start);
  }
  return 1000 * median(spent);
}
