import { ENTRIES } from './catalogue.js';
import { addMonths, dateAt, daysOf, workday } from './calendar.js';
import { roundTo } from './companies.js';
import { optional } from './people.js';
import { createSampler } from './random.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./companies.js').Company} Company
 * @typedef {import('./people.js').Contact} Contact
 * @typedef {import('./catalogue.js').Entry} Entry
 * @typedef {{ entry: Entry, quantity: number, discount: number }} Line
 *
 * An opportunity before it becomes a record.
 * @typedef {{ id: string, company: Company, contact: Contact | undefined, stage: string, type: string, closeDate: string, lines: Line[], amount: number | undefined, book: string }} Deal
 */

/** @type {Readonly<Record<string, { weight: number, probability: number, forecast: string, lines: number, days: readonly [number, number] }>>} */
const STAGES = {
  prospecting: { weight: 12, probability: 10, forecast: 'pipeline', lines: 0, days: [40, 200] },
  qualification: {
    weight: 10,
    probability: 20,
    forecast: 'pipeline',
    lines: 0.25,
    days: [30, 160],
  },
  needs_analysis: { weight: 8, probability: 35, forecast: 'pipeline', lines: 0.5, days: [20, 130] },
  proposal: { weight: 6, probability: 60, forecast: 'best_case', lines: 0.95, days: [10, 90] },
  negotiation: { weight: 4, probability: 80, forecast: 'commit', lines: 1, days: [2, 50] },
  closed_won: { weight: 33, probability: 100, forecast: 'closed', lines: 1, days: [-730, -1] },
  closed_lost: { weight: 27, probability: 0, forecast: 'omitted', lines: 0.7, days: [-730, -1] },
};
const STAGE_WEIGHTS = Object.fromEntries(
  Object.entries(STAGES).map(([stage, { weight }]) => [stage, weight]),
);

const NEXT_STEPS = [
  'Call to learn who decides',
  'Send the revised offer',
  'Show the product to the team',
  'Agree on the pilot',
  'Security questionnaire',
  'Meet procurement',
  'Legal review of the contract',
];

/**
 * Opportunities, more of them at bigger companies.
 * @param {Random} random
 * @param {{ companies: readonly Company[], contacts: readonly Contact[], count: number }} about
 * @returns {Deal[]}
 */
export function createDeals(random, { companies, contacts, count }) {
  const sample = createSampler(
    companies.map(({ employees }) => Math.min(employees, 20_000) ** 0.3),
  );
  const staff = groupByCompany(contacts);
  return Array.from({ length: count }, (_, index) => {
    const company = companies[sample(random)];
    return createDeal(random, { index, company, staff: staff.get(company.id) ?? [] });
  });
}

/**
 * @param {readonly Contact[]} contacts
 * @returns {Map<string, Contact[]>}
 */
export function groupByCompany(contacts) {
  /** @type {Map<string, Contact[]>} */
  const groups = new Map();
  for (const contact of contacts) {
    const group = groups.get(contact.company.id);
    if (group === undefined) groups.set(contact.company.id, [contact]);
    else group.push(contact);
  }
  return groups;
}

/**
 * @param {Random} random
 * @param {{ index: number, company: Company, staff: readonly Contact[] }} about
 * @returns {Deal}
 */
function createDeal(random, { index, company, staff }) {
  const stage = random.weighted(STAGE_WEIGHTS);
  const { days, lines: share } = STAGES[stage];
  const book = bookFor(random, company);
  const lines = random.chance(share) ? createLines(random, company, book) : [];
  const buyers = staff.slice(0, Math.max(3, Math.ceil(staff.length / 3)));
  return {
    id: `opportunity-${String(index + 1).padStart(4, '0')}`,
    company,
    contact: buyers.length > 0 && random.chance(0.94) ? random.pick(buyers) : undefined,
    stage,
    type: random.weighted({ new_business: 58, expansion: 24, renewal: 18 }),
    closeDate: closeDate(random, days),
    lines,
    amount: amountOf(random, { company, stage, lines }),
    book,
  };
}

/**
 * Sales close on workdays, and more of them at the end of a quarter.
 * @param {Random} random
 * @param {readonly [number, number]} range Days from the reference date.
 */
function closeDate(random, [low, high]) {
  const within = (/** @type {number} */ day) => Math.max(low, Math.min(high, day));
  const day = within(workday(random.integer(low, high)));
  if (!random.chance(0.25)) return dateAt(day);
  const date = dateAt(day);
  const monthsLeft = (3 - (Number(date.slice(5, 7)) % 3)) % 3;
  const lastDay = daysOf(addMonths(`${addMonths(date, monthsLeft).slice(0, 7)}-01`, 1)) - 1;
  return dateAt(within(Math.min(lastDay, workday(lastDay))));
}

/** @param {Random} random @param {Company} company */
function bookFor(random, { industry }) {
  if (industry === 'education' || industry === 'public_sector') return 'book-public';
  return random.chance(0.1) ? 'book-partner' : 'book-standard';
}

/** @param {Random} random @param {Company} company @param {string} book @returns {Line[]} */
function createLines(random, company, book) {
  const entries = ENTRIES.filter((entry) => entry.book.id === book);
  const count = Number(random.weighted({ 1: 30, 2: 30, 3: 20, 4: 12, 5: 8 }));
  /** @type {Map<string, Line>} */
  const lines = new Map();
  for (let attempt = 0; lines.size < count && attempt < 20; attempt += 1) {
    const entry = random.pick(entries);
    if (lines.has(entry.id)) continue;
    const discount = random.chance(0.35) ? random.pick([5, 5, 10, 10, 15, 20, 25, 30]) : 0;
    lines.set(entry.id, { entry, quantity: quantityOf(random, entry, company), discount });
  }
  return [...lines.values()];
}

/** @param {Random} random @param {Entry} entry @param {Company} company */
function quantityOf(random, { product }, { employees }) {
  switch (product.unit) {
    case 'user_month':
      return (
        12 * Math.max(3, Math.min(2000, Math.round(employees * (0.05 + 0.25 * random.next()))))
      );
    case 'seat':
      return random.integer(1, Math.max(2, Math.min(40, Math.round(employees / 15))));
    case 'day':
      return random.integer(2, 30);
    case 'piece':
      return product.price > 3000
        ? 1
        : random.integer(1, Math.max(2, Math.min(60, Math.round(employees / 10))));
    default:
      return random.chance(0.8) ? 1 : random.integer(2, 3);
  }
}

/** What the line costs, in cents so that sums are exact. @param {Line} line */
export function lineCents({ entry, quantity, discount }) {
  return Math.round((Math.round(entry.price * 100) * quantity * (100 - discount)) / 100);
}

/** @param {Random} random @param {{ company: Company, stage: string, lines: readonly Line[] }} about */
function amountOf(random, { company, stage, lines }) {
  if (lines.length > 0) return lines.reduce((sum, line) => sum + lineCents(line), 0) / 100;
  if (stage === 'prospecting' && random.chance(0.3)) return undefined;
  return roundTo(random.logNormal(400 * company.employees ** 0.75, 0.7), 2);
}

/** @param {Random} random @param {Deal} deal @param {{ campaigns: readonly string[] }} about */
export function dealRecord(random, deal, { campaigns }) {
  const { company, stage } = deal;
  const open = daysOf(deal.closeDate) >= 0;
  const source = random.weighted({
    web: 24,
    referral: 22,
    event: 18,
    outbound: 22,
    partner: 10,
    advertising: 4,
  });
  const wants = { new_business: 'New', expansion: 'Expansion', renewal: 'Renewal' };
  const subject = deal.lines[0]?.entry.product.name ?? 'Workspace';
  return {
    id: deal.id,
    name: `${company.name}: ${wants[/** @type {keyof typeof wants} */ (deal.type)]}, ${subject}`,
    account: company.id,
    ...optional(deal.contact !== undefined, () => ({ primary_contact: deal.contact?.id })),
    type: deal.type,
    stage,
    ...optional(deal.amount !== undefined, () => ({ amount: deal.amount })),
    probability: STAGES[stage].probability,
    close_date: deal.closeDate,
    forecast_category: STAGES[stage].forecast,
    lead_source: source,
    ...optional(source === 'event' || random.chance(0.1), () => ({
      campaign: random.pick(campaigns),
    })),
    price_book: deal.book,
    ...optional(open && random.chance(0.7), () => ({ next_step: random.pick(NEXT_STEPS) })),
    ...optional(stage === 'closed_lost', () => ({
      loss_reason: random.weighted({
        no_decision: 32,
        price: 26,
        competitor: 22,
        no_budget: 12,
        missing_feature: 8,
      }),
    })),
  };
}

/** @param {Deal} deal */
export function lineRecords({ id, closeDate, lines }) {
  return lines.map(({ entry, quantity, discount }, index) => ({
    id: `line-${id.slice('opportunity-'.length)}-${index + 1}`,
    name: entry.product.name,
    opportunity: id,
    product: entry.product.id,
    price_book_entry: entry.id,
    quantity,
    unit_price: entry.price,
    discount,
    ...optional(discount > 20, () => ({
      discount_reason: 'Volume, approved by the sales director',
    })),
    ...optional(entry.product.family === 'services', () => ({
      service_date: addMonths(closeDate, 1),
    })),
  }));
}

/**
 * Who plays which part: up to three people of the company for each opportunity.
 * @param {Random} random @param {Deal} deal @param {readonly Contact[]} staff
 */
export function roleRecords(random, deal, staff) {
  const wanted = Math.min(staff.length, Number(random.weighted({ 0: 35, 1: 35, 2: 20, 3: 10 })));
  /** @type {Set<Contact>} */
  const people = new Set();
  for (let attempt = 0; people.size < wanted && attempt < 12; attempt += 1)
    people.add(random.pick(staff));
  return [...people].map((contact) => ({
    id: `role-${deal.id.slice('opportunity-'.length)}-${contact.id.slice('contact-'.length)}`,
    name: `${contact.person.name}, ${deal.company.name}`,
    opportunity: deal.id,
    contact: contact.id,
    role: roleOf(random, contact),
  }));
}

/** @param {Random} random @param {Contact} contact */
function roleOf(random, { level, department }) {
  if (level === 'c_level') return 'decision_maker';
  if (department === 'finance' || department === 'procurement') return 'economic_buyer';
  if (department === 'it' || department === 'engineering') return 'technical_evaluator';
  return random.weighted({ user: 45, champion: 45, blocker: 10 });
}

/**
 * Contracts: signed ones for won opportunities, drafts for those under negotiation.
 * @param {Random} random @param {readonly Deal[]} deals @param {number} count
 */
export function contractRecords(random, deals, count) {
  const ripe = deals.filter(
    ({ stage, contact }) =>
      contact !== undefined && (stage === 'closed_won' || stage === 'negotiation'),
  );
  const step = Math.max(1, ripe.length / count);
  const chosen = ripe.filter(
    (_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step),
  );
  return chosen.slice(0, count).map((deal, index) => contractRecord(random, deal, index));
}

/** @param {Random} random @param {Deal} deal @param {number} index */
function contractRecord(random, deal, index) {
  const months = random.pick([12, 12, 12, 24, 36]);
  const start = deal.closeDate;
  const end = addMonths(start, months);
  const status = contractStatus(random, deal, end);
  const signed = status === 'active' || status === 'expired' || status === 'terminated';
  return {
    id: `contract-${String(index + 1).padStart(4, '0')}`,
    contract_number: `CT-${String(index + 1).padStart(5, '0')}`,
    account: deal.company.id,
    opportunity: deal.id,
    status,
    value: deal.amount ?? 0,
    start_date: start,
    end_date: end,
    term_months: months,
    renews_automatically: random.chance(0.4),
    ...optional(signed, () => ({ signed_by: deal.contact?.id, signed_on: deal.closeDate })),
  };
}

/** @param {Random} random @param {Deal} deal @param {string} end */
function contractStatus(random, { stage }, end) {
  if (stage === 'negotiation') return random.weighted({ draft: 60, in_review: 40 });
  if (random.chance(0.04)) return 'terminated';
  return daysOf(end) < 0 ? 'expired' : 'active';
}
