import { PRODUCTS } from './catalogue.js';
import { dateAt, daysOf, momentAt, workday } from './calendar.js';
import { optional } from './people.js';
import { createSampler } from './random.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./companies.js').Company} Company
 * @typedef {import('./people.js').Contact} Contact
 * @typedef {import('./sales.js').Deal} Deal
 */

/** Subjects by type of case; `%` is the name of the product. */
const SUBJECTS = {
  question: [
    'How do we add a second warehouse?',
    'Which licence covers % for contractors?',
    'Where do I change the time zone of %?',
    'Can % run without a connection?',
  ],
  problem: [
    '% is slow since the last update',
    'Nobody can sign in',
    'Import of contacts stops at row 4,000',
    '% shows yesterday’s figures',
    'Labels print twice',
    'Emails from % arrive late',
  ],
  feature_request: [
    'Dark theme for %',
    'Export of % to a spreadsheet',
    'Keyboard shortcuts in the list view',
    'Approval by two people in %',
  ],
  billing: [
    'Invoice shows the old address',
    'Charged twice for %',
    'Please split the invoice by department',
  ],
  return: [
    '% arrived damaged',
    'Wrong quantity of % delivered',
    'Return of % at the end of the trial',
  ],
};
const RESOLUTIONS = [
  'Explained the setting and sent the page of the manual.',
  'Fixed in the next update; the customer confirmed.',
  'Replaced free of charge.',
  'Corrected the invoice and sent a new one.',
  'Cleared the queue and added a check.',
  'Noted for the roadmap; the customer agrees to wait.',
];

/** Hours until the first answer and days until the end, in the middle of the distribution. */
const SPEED = {
  critical: { answer: 0.4, days: 0.8 },
  high: { answer: 1.5, days: 2 },
  medium: { answer: 5, days: 4.5 },
  low: { answer: 14, days: 9 },
};

/**
 * Cases of customers, the old ones closed.
 * @param {Random} random
 * @param {{ count: number, customers: readonly Company[], staff: ReadonlyMap<string, readonly Contact[]> }} about
 */
export function caseRecords(random, { count, customers, staff }) {
  if (customers.length === 0) return [];
  const sample = createSampler(
    customers.map(({ employees }) => Math.min(employees, 20_000) ** 0.35),
  );
  const days = Array.from({ length: count }, () => -500 * random.next() ** 1.6).sort(
    (a, b) => a - b,
  );
  return days.map((day, index) => {
    const company = customers[sample(random)];
    return caseRecord(random, {
      index,
      day: workday(day) + 0.3 + 0.4 * random.next(),
      company,
      people: staff.get(company.id) ?? [],
    });
  });
}

/** @param {Random} random @param {{ index: number, day: number, company: Company, people: readonly Contact[] }} about */
function caseRecord(random, { index, day, company, people }) {
  const opened = Math.min(day, -0.05);
  const priority = random.weighted({ low: 25, medium: 45, high: 22, critical: 8 });
  const type = random.weighted({
    question: 34,
    problem: 38,
    feature_request: 10,
    billing: 13,
    return: 5,
  });
  const product = random.pick(
    PRODUCTS.filter(({ family }) => (family === 'hardware') === (type === 'return')),
  );
  const answered = opened + random.logNormal(SPEED[priority].answer, 0.8) / 24;
  const ended = answered + random.logNormal(SPEED[priority].days, 0.9);
  const done = ended < -0.02;
  const status = done
    ? ended < -14 || random.chance(0.6)
      ? 'closed'
      : 'resolved'
    : openStatus(random, { priority, answered });
  const number = String(index + 1).padStart(5, '0');
  return {
    id: `case-${number}`,
    subject: random.pick(SUBJECTS[type]).replace('%', product.name),
    case_number: `CS-${number}`,
    status,
    priority,
    type,
    origin: random.weighted({ email: 42, web: 30, phone: 18, chat: 10 }),
    account: company.id,
    ...optional(people.length > 0, () => ({ contact: random.pick(people).id })),
    product: product.id,
    opened_at: momentAt(opened),
    ...optional(status !== 'new', () => ({ first_response_at: momentAt(Math.min(answered, 0)) })),
    ...optional(done, () => ({
      closed_at: momentAt(ended),
      resolution: random.pick(RESOLUTIONS),
      ...optional(random.chance(0.45), () => ({
        satisfaction: Number(random.weighted({ 1: 4, 2: 6, 3: 15, 4: 35, 5: 40 })),
      })),
    })),
  };
}

/** @param {Random} random @param {{ priority: string, answered: number }} about */
function openStatus(random, { priority, answered }) {
  if (answered > 0) return 'new';
  const urgent = priority === 'critical' || priority === 'high';
  return random.weighted(
    urgent ? { open: 60, waiting: 20, escalated: 20 } : { open: 62, waiting: 35, escalated: 3 },
  );
}

const TASKS = {
  call: [
    'Call about the offer',
    'Introduce ourselves',
    'Ask for feedback',
    'Talk about the renewal',
  ],
  email: [
    'Send the price list',
    'Send the minutes',
    'Follow up on the demo',
    'Send the contract draft',
  ],
  meeting: ['Quarterly review', 'Kick-off', 'Lunch with the buyer', 'Workshop on requirements'],
  demo: ['Demo for the team', 'Demo of the mobile app', 'Second demo with IT'],
  to_do: [
    'Check the credit limit',
    'Update the account plan',
    'Prepare the offer',
    'Collect reference customers',
  ],
};

/**
 * Tasks around opportunities: the past ones mostly done.
 * @param {Random} random @param {number} count @param {readonly Deal[]} deals
 */
export function taskRecords(random, count, deals) {
  if (deals.length === 0) return [];
  return Array.from({ length: count }, (_, index) => {
    const deal = random.pick(deals);
    const type =
      deal.contact === undefined
        ? 'to_do'
        : random.weighted({ call: 30, email: 26, meeting: 16, demo: 8, to_do: 20 });
    const due = workday(Math.min(90, daysOf(deal.closeDate)) - random.integer(0, 60));
    return taskRecord(random, { index, deal, type, due });
  });
}

/** @param {Random} random @param {{ index: number, deal: Deal, type: string, due: number }} about */
function taskRecord(random, { index, deal, type, due }) {
  const status = taskStatus(random, due);
  const timed = type === 'call' || type === 'meeting' || type === 'demo';
  return {
    id: `task-${String(index + 1).padStart(4, '0')}`,
    subject: random.pick(TASKS[/** @type {keyof typeof TASKS} */ (type)]),
    type,
    status,
    priority: random.weighted({ low: 20, normal: 60, high: 20 }),
    due_date: dateAt(due),
    ...optional(timed, () => ({
      start_time: `${String(random.integer(8, 16)).padStart(2, '0')}:${random.pick(['00', '15', '30', '45'])}:00`,
      duration_minutes: random.pick([15, 30, 30, 45, 60, 90]),
    })),
    ...optional(status === 'done', () => ({
      completed_at: momentAt(Math.min(due + 0.35 + 0.35 * random.next(), -0.1)),
    })),
    account: deal.company.id,
    ...optional(deal.contact !== undefined, () => ({ contact: deal.contact?.id })),
    opportunity: deal.id,
  };
}

/** @param {Random} random @param {number} due */
function taskStatus(random, due) {
  if (due >= 0) return random.weighted({ open: 78, in_progress: 14, waiting: 8 });
  return random.weighted(
    due > -14
      ? { done: 70, open: 18, waiting: 8, dropped: 4 }
      : { done: 90, open: 3, waiting: 0, dropped: 7 },
  );
}
