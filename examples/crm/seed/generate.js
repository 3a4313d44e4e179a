/**
 * Sample data for the CRM: believable, linked and the same for the same seed on every machine. No
 * network, no clock, no library.
 */
import { catalogueBatches } from './catalogue.js';
import { accountRecord, createCompanies } from './companies.js';
import { CAMPAIGN_IDS, campaignBatches, leadRecords, memberRecords } from './marketing.js';
import { contactRecord, createContacts } from './people.js';
import { createRandom } from './random.js';
import {
  contractRecords,
  createDeals,
  dealRecord,
  groupByCompany,
  lineRecords,
  roleRecords,
} from './sales.js';
import { caseRecords, taskRecords } from './service.js';

/**
 * @typedef {{ object: string, records: Record<string, unknown>[] }} Batch
 * @typedef {import('./companies.js').Company} Company
 * @typedef {import('./people.js').Contact} Contact
 * @typedef {import('./sales.js').Deal} Deal
 */

/** How many of the other records there are, per 1,000 accounts. */
const PER_THOUSAND = {
  opportunities: 1200,
  leads: 900,
  cases: 1200,
  tasks: 1200,
  members: 1500,
  contracts: 200,
};

/**
 * Batches of records in an order in which they can be inserted: a record refers only to records of
 * earlier batches, never to one of its own batch.
 *
 * @example
 * for (const { object, records } of generate({ seed: 'demo', accounts: 1000, contacts: 10_000 })) {
 *   await engine.insertMany(object, records, systemContext('seed'), { acceptId: true });
 * }
 *
 * @param {{ seed?: string, accounts?: number, contacts?: number }} [options] `accounts` is at least 1;
 *   by default 1,000 accounts and 10,000 contacts, about 20,000 records in all.
 * @returns {Generator<Batch, void, undefined>}
 */
export function* generate({ seed = 'crm', accounts = 1000, contacts = 10_000 } = {}) {
  const random = createRandom(seed);
  const companies = createCompanies(random.fork('companies'), accounts);
  const people = createContacts(random.fork('people'), companies, contacts);
  const staff = groupByCompany(people);
  const counts = countsFor(accounts);
  const deals = createDeals(random.fork('deals'), {
    companies,
    contacts: people,
    count: counts.opportunities,
  });
  const customers = firstSales(deals);

  yield* catalogueBatches();
  yield* campaignBatches();
  yield* accountBatches(random.fork('accounts'), { companies, deals, customers });
  yield* contactBatches(random.fork('contacts'), people);
  yield* salesBatches(random.fork('sales'), { deals, staff, contracts: counts.contracts });
  const leads = leadRecords(random.fork('leads'), counts.leads, deals);
  yield { object: 'lead', records: leads };
  yield {
    object: 'campaign_member',
    records: memberRecords(random.fork('members'), {
      count: counts.members,
      contacts: people,
      leads,
    }),
  };
  const buyers = companies.filter(({ id }) => customers.has(id));
  yield {
    object: 'case',
    records: caseRecords(random.fork('cases'), { count: counts.cases, customers: buyers, staff }),
  };
  yield { object: 'task', records: taskRecords(random.fork('tasks'), counts.tasks, deals) };
}

/** @param {number} accounts @returns {typeof PER_THOUSAND} */
function countsFor(accounts) {
  const entries = Object.entries(PER_THOUSAND).map(([key, count]) => [
    key,
    Math.ceil((count * accounts) / 1000),
  ]);
  return Object.fromEntries(entries);
}

/** The day of the first won opportunity, by company. @param {readonly Deal[]} deals */
function firstSales(deals) {
  /** @type {Map<string, string>} */
  const first = new Map();
  for (const { stage, company, closeDate } of deals) {
    if (stage !== 'closed_won') continue;
    const known = first.get(company.id);
    if (known === undefined || closeDate < known) first.set(company.id, closeDate);
  }
  return first;
}

/**
 * Parents first: one batch for each depth.
 * @param {import('./random.js').Random} random
 * @param {{ companies: readonly Company[], deals: readonly Deal[], customers: ReadonlyMap<string, string> }} about
 */
function* accountBatches(random, { companies, deals, customers }) {
  const open = new Set(
    deals.filter(({ stage }) => !stage.startsWith('closed')).map(({ company }) => company.id),
  );
  const rows = companies.map((company) => ({
    depth: company.depth,
    record: accountRecord(random, company, {
      wonOn: customers.get(company.id),
      open: open.has(company.id),
    }),
  }));
  yield* byDepth('account', rows);
}

/** @param {import('./random.js').Random} random @param {readonly Contact[]} people */
function* contactBatches(random, people) {
  const rows = people.map((contact) => ({
    depth: contact.depth,
    record: contactRecord(random, contact),
  }));
  yield* byDepth('contact', rows);
}

/**
 * @param {string} object
 * @param {readonly { depth: number, record: Record<string, unknown> }[]} rows
 * @returns {Generator<Batch, void, undefined>}
 */
function* byDepth(object, rows) {
  const deepest = Math.max(0, ...new Set(rows.map(({ depth }) => depth)));
  for (let depth = 0; depth <= deepest; depth += 1) {
    const records = rows.filter((row) => row.depth === depth).map(({ record }) => record);
    if (records.length > 0) yield { object, records };
  }
}

/**
 * @param {import('./random.js').Random} random
 * @param {{ deals: readonly Deal[], staff: ReadonlyMap<string, readonly Contact[]>, contracts: number }} about
 * @returns {Generator<Batch, void, undefined>}
 */
function* salesBatches(random, { deals, staff, contracts }) {
  yield {
    object: 'opportunity',
    records: deals.map((deal) => dealRecord(random, deal, { campaigns: CAMPAIGN_IDS })),
  };
  yield { object: 'opportunity_line_item', records: deals.flatMap(lineRecords) };
  yield {
    object: 'opportunity_contact',
    records: deals.flatMap((deal) => roleRecords(random, deal, staff.get(deal.company.id) ?? [])),
  };
  yield { object: 'contract', records: contractRecords(random, deals, contracts) };
}
