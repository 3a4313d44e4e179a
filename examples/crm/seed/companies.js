import { createPerson, toSlug } from './names.js';
import { createPhone, createPlace, createStreet, fill } from './places.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./places.js').Place} Place
 *
 * A company before it becomes an account record.
 * @typedef {object} Company
 * @property {string} id
 * @property {string} name
 * @property {string} domain Ends in `.example`, which nobody can own (RFC 2606).
 * @property {Place} place
 * @property {string} industry
 * @property {number} employees
 * @property {number} revenue In US dollars.
 * @property {number} depth 0 without a parent, else one more than the parent's.
 * @property {Company | undefined} parent
 */

/**
 * Weight, yearly revenue per employee in US dollars, and words that companies of the industry bear.
 * @type {Readonly<Record<string, { weight: number, perEmployee: number, words: string[] }>>}
 */
export const INDUSTRIES = {
  software: {
    weight: 17,
    perEmployee: 190_000,
    words: ['Software', 'Systems', 'Digital', 'Analytics', 'Cloud', 'Labs', 'Data'],
  },
  manufacturing: {
    weight: 16,
    perEmployee: 240_000,
    words: ['Works', 'Machinery', 'Precision', 'Components', 'Metals', 'Tools', 'Plastics'],
  },
  professional_services: {
    weight: 13,
    perEmployee: 140_000,
    words: ['Consulting', 'Partners', 'Advisory', 'Associates', 'Engineering', 'Legal'],
  },
  retail: {
    weight: 11,
    perEmployee: 210_000,
    words: ['Retail', 'Stores', 'Outfitters', 'Market', 'Home', 'Trading'],
  },
  healthcare: {
    weight: 9,
    perEmployee: 130_000,
    words: ['Health', 'Medical', 'Clinics', 'Care', 'Diagnostics', 'Pharma'],
  },
  financial_services: {
    weight: 8,
    perEmployee: 380_000,
    words: ['Capital', 'Finance', 'Insurance', 'Bank', 'Credit', 'Asset Management'],
  },
  logistics: {
    weight: 7,
    perEmployee: 170_000,
    words: ['Logistics', 'Freight', 'Shipping', 'Transport', 'Express', 'Cargo'],
  },
  construction: {
    weight: 6,
    perEmployee: 220_000,
    words: ['Construction', 'Builders', 'Architecture', 'Concrete', 'Roofing', 'Interiors'],
  },
  education: {
    weight: 4,
    perEmployee: 80_000,
    words: ['Academy', 'Learning', 'Institute', 'College', 'Training', 'Publishing'],
  },
  energy: {
    weight: 4,
    perEmployee: 520_000,
    words: ['Energy', 'Power', 'Solar', 'Renewables', 'Grid', 'Wind'],
  },
  hospitality: {
    weight: 3,
    perEmployee: 70_000,
    words: ['Hotels', 'Catering', 'Resorts', 'Kitchens', 'Travel', 'Coffee'],
  },
  public_sector: {
    weight: 2,
    perEmployee: 90_000,
    words: ['Council', 'Water Authority', 'Transit Agency', 'Housing Office', 'Port Authority'],
  },
};

const FIRST_PARTS =
  'Aster Beacon Birch Blue Bright Cedar Clear Cobalt Copper Crest Delta East Ember Falcon Fern Flint Fox Glen Granite Green Harbor Haven Hazel Heron High Iron Juniper Keystone Lark Lumen Maple Marble Meridian Moss North Oak Onyx Orchard Osprey Pine Prairie Quartz Raven Red River Sable Sage Silver South Spruce Sterling Stone Summit Swift Tern Thistle Timber Vale West Willow Wren'.split(
    ' ',
  );
const SECOND_PARTS =
  'bay bridge brook cliff crest dale field ford forge gate grove haven hill lake land light line mark mere mill path peak point port quay ridge shore side spring stead stone view ward water way well wick wood'.split(
    ' ',
  );

/**
 * Companies with long-tailed sizes, about one in eight of them with a bigger one as its parent.
 * @param {Random} random
 * @param {number} count
 * @returns {Company[]}
 */
export function createCompanies(random, count) {
  /** @type {Set<string>} */
  const slugs = new Set();
  const companies = Array.from({ length: count }, (_, index) =>
    createCompany(random, index, slugs),
  );
  assignParents(random.fork('parents'), companies);
  return companies;
}

/**
 * @param {Random} random
 * @param {number} index
 * @param {Set<string>} slugs
 * @returns {Company}
 */
function createCompany(random, index, slugs) {
  const place = createPlace(random);
  const industry = random.weighted(
    Object.fromEntries(Object.entries(INDUSTRIES).map(([key, value]) => [key, value.weight])),
  );
  const { name, slug } = uniqueName(random, { place, industry, slugs });
  const employees = Math.max(2, Math.min(180_000, Math.round(random.logNormal(75, 1.7))));
  const revenue = employees * random.logNormal(INDUSTRIES[industry].perEmployee, 0.45);
  return {
    id: `account-${String(index + 1).padStart(4, '0')}`,
    name,
    domain: `${slug}.example`,
    place,
    industry,
    employees,
    revenue: roundTo(revenue, 3),
    depth: 0,
    parent: undefined,
  };
}

/**
 * @param {Random} random
 * @param {{ place: Place, industry: string, slugs: Set<string> }} about
 */
function uniqueName(random, { place, industry, slugs }) {
  for (let attempt = 0; ; attempt += 1) {
    const base = baseName(random, { place, industry });
    const distinct = attempt < 5 ? base : `${base} ${place.city.city} ${attempt}`;
    const slug = toSlug(distinct);
    if (slugs.has(slug)) continue;
    slugs.add(slug);
    const legal = industry === 'public_sector' ? '' : ` ${random.weighted(place.country.legal)}`;
    return { name: `${distinct}${legal}`, slug };
  }
}

/** @param {Random} random @param {{ place: Place, industry: string }} about */
function baseName(random, { place, industry }) {
  const word = random.pick(INDUSTRIES[industry].words);
  if (industry === 'public_sector') return `${place.city.city} ${word}`;
  const culture = random.weighted(place.country.cultures);
  const family = () => createPerson(random, culture).family.split(' ')[0];
  const coined = () => random.pick(FIRST_PARTS) + random.pick(SECOND_PARTS);
  switch (random.weighted({ family: 30, pair: 10, coined: 34, place: 8, two: 18 })) {
    case 'family':
      return `${family()} ${word}`;
    case 'pair':
      return `${family()} & ${family()} ${word}`;
    case 'coined':
      return `${coined()} ${word}`;
    case 'place':
      return `${place.city.city} ${random.pick(FIRST_PARTS)} ${word}`;
    default:
      return `${random.pick(FIRST_PARTS)} ${random.pick(FIRST_PARTS)} ${word}`;
  }
}

/**
 * A parent is bigger and was made earlier, so the tree has no cycle; it is at most two levels deep.
 * @param {Random} random
 * @param {Company[]} companies
 */
function assignParents(random, companies) {
  companies.forEach((company, index) => {
    if (index === 0 || !random.chance(0.16)) return;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const parent = companies[random.integer(0, index - 1)];
      if (parent.employees < company.employees * 2 || parent.depth >= 2) continue;
      company.parent = parent;
      company.depth = parent.depth + 1;
      return;
    }
  });
}

/** Rounded to so many significant digits. @param {number} value @param {number} digits */
export function roundTo(value, digits) {
  return Number(value.toPrecision(digits));
}

/** @param {number} employees */
function tierOf(employees) {
  if (employees >= 1000) return 'enterprise';
  return employees >= 100 ? 'mid_market' : 'small_business';
}

/**
 * @param {Random} random
 * @param {Company} company
 * @param {{ wonOn: string | undefined, open: boolean }} sales When the first sale was won, and whether one is under way.
 */
export function accountRecord(random, company, { wonOn, open }) {
  const { place } = company;
  const other = random.weighted({ prospect: 86, partner: 7, vendor: 5, former_customer: 2 });
  const type = wonOn === undefined ? other : 'customer';
  const rating = random.weighted(
    open ? { hot: 45, warm: 45, cold: 10 } : { hot: 6, warm: 34, cold: 60 },
  );
  return {
    id: company.id,
    name: company.name,
    account_number: `AC-${company.id.slice(-4).padStart(6, '0')}`,
    type,
    industry: company.industry,
    tier: tierOf(company.employees),
    rating,
    ...(company.parent === undefined ? {} : { parent: company.parent.id }),
    employees: company.employees,
    annual_revenue: company.revenue,
    website: `https://www.${company.domain}`,
    phone: createPhone(random, place, 'phone'),
    street: createStreet(random, place),
    postal_code: fill(random, place.city.postal),
    city: place.city.city,
    region: place.city.region,
    country: place.country.code,
    ...(wonOn === undefined ? {} : { customer_since: wonOn }),
    tags: accountTags(random, type),
    active: type !== 'former_customer' && random.chance(0.97),
  };
}

/** @param {Random} random @param {string} type */
function accountTags(random, type) {
  const tags = [];
  if (type === 'customer' && random.chance(0.2)) tags.push('reference');
  if (random.chance(0.12)) tags.push('key account');
  if (random.chance(0.08)) tags.push('newsletter');
  if (random.chance(0.05)) tags.push('event 2026');
  return tags;
}
