// Evaluation and parse time of formulas beside a hand-written closure, in the same run.
// Needs no build: node packages/formula/bench/eval.mjs
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const { compileFormula, toJs } = await loadSource();

const scope = {
  record: {
    status: 'open',
    amount: 120.5,
    discount: 0.1,
    owner: 'u1',
    due: '2026-03-20',
    quantity: 3,
    price: 19.99,
  },
  previous: { status: 'new' },
  isNew: false,
  now: new Date('2026-03-15T12:00:00Z'),
  timezone: 'UTC',
};
const types = {
  status: 'picklist',
  amount: 'currency',
  discount: 'percent',
  owner: 'reference',
  due: 'date',
  quantity: 'number',
  price: 'currency',
};
const options = { fields: ([name]) => types[name] };
const predicate = 'status = "open" AND amount > 100 AND discount <= 0.25 AND NOT ISBLANK(owner)';
const closure = ({ record }) =>
  record.status === 'open' &&
  record.amount > 100 &&
  record.discount <= 0.25 &&
  record.owner != null &&
  record.owner !== '';

const formulas = {
  '4-term predicate': predicate,
  'multiply, add, round': 'ROUND(quantity * price * (1 - discount), 2)',
  'change condition': 'ISCHANGED(status) AND status IN ("open", "won")',
  'date condition': 'due - TODAY() <= 7',
  text: 'CONCAT(status, ": ", TEXT(amount))',
  division: 'amount / quantity',
};

const base = measure(() => closure(scope));
const rows = [['plain closure', base, 1]];
for (const [name, source] of Object.entries(formulas)) {
  const formula = compileFormula(source, options);
  const ns = measure(() => formula.evaluate(scope));
  rows.push([name, ns, ns / base]);
}
rows.push(['toJs of a number', measure(() => toJs(0.3)), 0]);
rows.push([
  'parse, check, compile the predicate',
  measure(() => compileFormula(predicate, options)),
  0,
]);

console.log('| formula | ns each | against closure |');
console.log('|---|---|---|');
for (const [name, ns, ratio] of rows) {
  console.log(`| ${name} | ${ns.toFixed(0)} | ${ratio === 0 ? '' : ratio.toFixed(1)} |`);
}

/** Bundles the source in memory, as a browser would get it, and loads the result. */
async function loadSource() {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    conditions: ['@objectos/source'],
    mainFields: ['module', 'main'],
  });
  const text = bundle.outputFiles[0].text;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}

/** Median of seven rounds of at least 100 ms, in nanoseconds per call. */
function measure(work) {
  let sink = 0;
  let count = 1_000;
  for (;;) {
    const started = performance.now();
    for (let i = 0; i < count; i++) if (work()) sink++;
    if (performance.now() - started > 100) break;
    count *= 2;
  }
  const rounds = [];
  for (let round = 0; round < 7; round++) {
    const started = performance.now();
    for (let i = 0; i < count; i++) if (work()) sink++;
    rounds.push(((performance.now() - started) * 1e6) / count);
  }
  if (sink < 0) console.log(sink);
  return rounds.sort((a, b) => a - b)[3];
}
