// Objects and records of the benchmarks of the engine.

/** The system, which sees everything. */
export const ctx = {
  principal: { kind: 'system', id: 'bench', tenantId: null },
  requestId: 'bench',
};

const LINE = 'fields:\n  order: { type: lookup, reference: order }\n  amount: { type: currency }\n';

export const OBJECTS = {
  account: 'fields:\n  name: { type: text }\n  region: { type: text }\n',
  campaign: 'fields:\n  name: { type: text }\n',
  contact: `fields:
  name: { type: text, searchable: true }
  email: { type: email }
  status: { type: select, options: [{ value: open }, { value: won }, { value: lost }] }
  amount: { type: currency }
  account: { type: lookup, reference: account }
  campaign: { type: lookup, reference: campaign }
indexes:
  - fields: [status, name]
`,
  order: `fields:
  name: { type: text }
  total: { type: summary, summaryOperations: { object: line, function: sum, field: amount } }
`,
  line: LINE,
  plain_line: LINE,
  note: 'fields:\n  title: { type: text, searchable: true }\n  body: { type: textarea, searchable: true }\n',
};

const ACCOUNTS = 500;
const CAMPAIGNS = 20;
export const ORDERS = 20;
const AT = '2026-01-31T09:30:00.000Z';
const SYLLABLES = [...'bdfghklmnprstvz'].flatMap((one) => [...'aeiou'].map((other) => one + other));
const VOCABULARY = 2000;
let serial = 0;

/** A number that no record has yet. */
export function nextNumber() {
  serial += 1;
  return serial;
}

/** Writes the records that are read. */
export async function fill(engine, rows) {
  const many = async (object, count, make) => {
    for (let done = 0; done < count; done += 1000) {
      const length = Math.min(1000, count - done);
      const records = Array.from({ length }, (_, at) => make(done + at + 1));
      await engine.insertMany(object, records, ctx, { acceptId: true });
    }
  };
  await many('account', ACCOUNTS, (n) => ({
    id: `a${n}`,
    name: `Account ${n}`,
    region: `r${n % 9}`,
  }));
  await many('campaign', CAMPAIGNS, (n) => ({ id: `k${n}`, name: `Campaign ${n}` }));
  await many('order', ORDERS, (n) => ({ id: `o${n}`, name: `Order ${n}` }));
  await many('contact', rows, contactOf);
  await many('note', rows, noteOf);
}

/** The n-th contact. */
export function contactOf(n) {
  return {
    id: `c${n}`,
    name: `Person ${String(n).padStart(8, '0')}`,
    email: `m${n}@example.com`,
    status: ['open', 'won', 'lost'][n % 3],
    amount: (n % 1000) + 0.25,
    account: `a${1 + (n % ACCOUNTS)}`,
    campaign: `k${1 + (n % CAMPAIGNS)}`,
  };
}

/** A contact that is not there yet. */
export function newContact() {
  const record = contactOf(10_000_000 + nextNumber());
  delete record.id;
  return record;
}

/** The same as a row of raw SQL. */
export function newRow() {
  const { name, email, status, amount, account, campaign } = newContact();
  return [`raw-${serial}`, name, email, status, amount, account, campaign, AT, AT, 1];
}

/** Few words stand in most texts and most words in few, as in any language. */
function noteOf(n) {
  const random = randomOf(n);
  const words = (count) =>
    Array.from({ length: count }, () => wordOf(Math.floor(VOCABULARY * random() ** 3))).join(' ');
  return { id: `n${n}`, title: `${words(4)} ${numberWord(n)}`, body: words(40) };
}

/** A word of the texts; none is the beginning of another. */
export function wordOf(n) {
  return `${SYLLABLES[n % 75]}${SYLLABLES[Math.floor(n / 75)]}n`;
}

/** A word that stands in the n-th text only. */
export function numberWord(n) {
  return String(n).padStart(8, '0');
}

function randomOf(seed) {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
