import { daysOf, dateAt, momentAt } from './calendar.js';
import { INDUSTRIES } from './companies.js';
import { createPerson, toSlug } from './names.js';
import { optional, titleOf } from './people.js';
import { createPhone, createPlace } from './places.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./people.js').Contact} Contact
 * @typedef {import('./sales.js').Deal} Deal
 */

/** Key, name, type, first and last day from the reference date, budget, cost so far, expected revenue, colour, parent. */
const CAMPAIGNS = /** @type {const} */ ([
  [
    'autumn-2025',
    'Autumn launch 2025',
    'advertising',
    -350,
    -290,
    85_000,
    91_200,
    510_000,
    '#ca8a04',
    '',
  ],
  [
    'webinar-forecast',
    'Webinar: forecasts that hold',
    'webinar',
    -320,
    -320,
    6000,
    5400,
    36_000,
    '#7c3aed',
    'autumn-2025',
  ],
  [
    'newsletter-2025',
    'Newsletter 2025',
    'email',
    -600,
    -245,
    12_000,
    11_800,
    60_000,
    '#2563eb',
    '',
  ],
  ['newsletter-2026', 'Newsletter 2026', 'email', -243, 121, 14_000, 9300, 84_000, '#2563eb', ''],
  [
    'conference-berlin',
    'Operations Days Berlin',
    'conference',
    -200,
    -198,
    120_000,
    131_500,
    720_000,
    '#c026d3',
    '',
  ],
  [
    'dinner-berlin',
    'Customer dinner Berlin',
    'referral',
    -199,
    -199,
    9000,
    8700,
    54_000,
    '#16a34a',
    'conference-berlin',
  ],
  [
    'guide-migration',
    'Guide: moving without downtime',
    'content',
    -150,
    60,
    18_000,
    15_200,
    90_000,
    '#0891b2',
    '',
  ],
  [
    'spring-2026',
    'Spring offers 2026',
    'advertising',
    -175,
    -90,
    70_000,
    68_400,
    490_000,
    '#ca8a04',
    '',
  ],
  [
    'webinar-service',
    'Webinar: service in the field',
    'webinar',
    -60,
    -60,
    7000,
    7300,
    42_000,
    '#7c3aed',
    '',
  ],
  [
    'refer-a-friend',
    'Customers bring customers',
    'referral',
    -120,
    240,
    30_000,
    12_600,
    240_000,
    '#16a34a',
    '',
  ],
  ['autumn-2026', 'Autumn launch 2026', 'advertising', 20, 90, 95_000, 0, 665_000, '#ca8a04', ''],
  [
    'conference-austin',
    'Operations Days Austin',
    'conference',
    50,
    52,
    140_000,
    0,
    840_000,
    '#c026d3',
    'autumn-2026',
  ],
]);

/** @type {readonly string[]} */
export const CAMPAIGN_IDS = CAMPAIGNS.map(([key]) => `campaign-${key}`);

/** Top campaigns first, then those under them. */
export function campaignBatches() {
  const rows = CAMPAIGNS.map(
    ([key, name, type, start, end, budget, cost, revenue, color, parent]) => ({
      id: `campaign-${key}`,
      name,
      type,
      status: start > 0 ? 'planned' : end >= 0 ? 'running' : 'completed',
      ...optional(parent !== '', () => ({ parent: `campaign-${parent}` })),
      start_date: dateAt(start),
      end_date: dateAt(end),
      budget,
      ...optional(cost > 0, () => ({ actual_cost: cost })),
      expected_revenue: revenue,
      color,
    }),
  );
  return [
    { object: 'campaign', records: rows.filter((row) => row.parent === undefined) },
    { object: 'campaign', records: rows.filter((row) => row.parent !== undefined) },
  ];
}

const LEAD_STATUS = {
  new: 30,
  working: 25,
  nurturing: 15,
  qualified: 8,
  converted: 10,
  unqualified: 12,
};

/**
 * Leads; converted ones name the account, contact and opportunity that they became.
 * @param {Random} random @param {number} count @param {readonly Deal[]} deals
 */
export function leadRecords(random, count, deals) {
  const targets = deals.filter(
    ({ contact, type }) => contact !== undefined && type === 'new_business',
  );
  return Array.from({ length: count }, (_, index) => {
    const status = random.weighted(LEAD_STATUS);
    const target = status === 'converted' ? targets.pop() : undefined;
    const id = `lead-${String(index + 1).padStart(4, '0')}`;
    if (target !== undefined) return convertedLead(random, id, target);
    return openLead(random, id, status === 'converted' ? 'qualified' : status);
  });
}

/** @param {Random} random @param {string} id @param {Deal} deal */
function convertedLead(random, id, deal) {
  const contact = /** @type {Contact} */ (deal.contact);
  const day = Math.min(-1, daysOf(deal.closeDate)) - random.integer(20, 120) + random.next();
  return {
    id,
    name: contact.person.name,
    company: deal.company.name,
    title: titleOf(random, contact),
    email: contact.email,
    ...leadBasics(random, {
      status: 'converted',
      industry: deal.company.industry,
      employees: deal.company.employees,
    }),
    city: deal.company.place.city.city,
    country_code: deal.company.place.country.code,
    converted_at: momentAt(day),
    converted_account: deal.company.id,
    converted_contact: contact.id,
    converted_opportunity: deal.id,
  };
}

/** @param {Random} random @param {string} id @param {string} status */
function openLead(random, id, status) {
  const place = createPlace(random);
  const person = createPerson(random, random.weighted(place.country.cultures));
  const industry = random.pick(Object.keys(INDUSTRIES));
  const family = createPerson(random, person.culture).family.split(' ')[0];
  const company = `${family} ${random.pick(INDUSTRIES[industry].words)}`;
  const mailbox = `${toSlug(person.given)}.${toSlug(person.family)}`;
  const byMail = random.chance(0.92);
  return {
    id,
    name: person.name,
    company,
    title: titleOf(random, {
      level: random.pick(['manager', 'director', 'individual', 'individual']),
      department: random.pick(['sales', 'operations', 'it', 'procurement', 'marketing']),
    }),
    ...optional(byMail, () => ({ email: `${mailbox}@${toSlug(company)}.example` })),
    ...optional(!byMail || random.chance(0.6), () => ({
      phone: createPhone(random, place, 'phone'),
    })),
    ...leadBasics(random, {
      status,
      industry,
      employees: Math.max(1, Math.round(random.logNormal(40, 1.5))),
    }),
    city: place.city.city,
    country_code: place.country.code,
  };
}

/** @param {Random} random @param {{ status: string, industry: string, employees: number }} about */
function leadBasics(random, { status, industry, employees }) {
  const base = {
    new: 35,
    working: 48,
    nurturing: 40,
    qualified: 75,
    converted: 85,
    unqualified: 15,
  };
  const middle = base[/** @type {keyof typeof base} */ (status)];
  const score = Math.max(0, Math.min(100, Math.round(middle + 14 * random.normal())));
  const source = random.weighted({
    web: 40,
    referral: 12,
    event: 18,
    outbound: 14,
    partner: 6,
    advertising: 10,
  });
  return {
    status,
    source,
    score,
    rating: score >= 70 ? 'hot' : score >= 40 ? 'warm' : 'cold',
    industry,
    employees,
    ...optional(source === 'event' || random.chance(0.25), () => ({
      campaign: random.pick(CAMPAIGN_IDS),
    })),
    ...optional(status === 'unqualified', () => ({
      unqualified_reason: random.weighted({
        no_need: 28,
        unreachable: 24,
        no_budget: 22,
        bad_timing: 14,
        spam: 8,
        no_authority: 4,
      }),
    })),
  };
}

/**
 * Members of the campaigns: four contacts for each lead, nobody twice in one campaign.
 * @param {Random} random
 * @param {{ count: number, contacts: readonly Contact[], leads: readonly { id: string, name: string }[] }} about
 */
export function memberRecords(random, { count, contacts, leads }) {
  /** @type {Map<string, ReturnType<typeof memberRecord>>} */
  const members = new Map();
  for (let attempt = 0; members.size < count && attempt < count * 3; attempt += 1) {
    const campaign = random.integer(0, CAMPAIGNS.length - 1);
    const isContact = leads.length === 0 || random.chance(0.8);
    const who = isContact ? random.pick(contacts) : random.pick(leads);
    const name = 'person' in who ? who.person.name : who.name;
    const key = `${campaign} ${who.id}`;
    if (members.has(key)) continue;
    const person = { name, ...(isContact ? { contact: who.id } : { lead: who.id }) };
    members.set(key, memberRecord(random, { id: members.size + 1, campaign, person }));
  }
  return [...members.values()];
}

/** @param {Random} random @param {{ id: number, campaign: number, person: { name: string, contact?: string, lead?: string } }} about */
function memberRecord(random, { id, campaign, person }) {
  const [, , , start] = CAMPAIGNS[campaign];
  const status =
    start > 0 ? 'planned' : random.weighted({ sent: 48, opened: 32, responded: 15, bounced: 5 });
  return {
    id: `member-${String(id).padStart(4, '0')}`,
    ...person,
    campaign: CAMPAIGN_IDS[campaign],
    status,
    ...optional(status === 'responded', () => ({
      responded_on: dateAt(Math.min(-1, start + random.integer(0, 20))),
    })),
  };
}
