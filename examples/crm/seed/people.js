import { CULTURES, createPerson, toSlug } from './names.js';
import { createPhone, createStreet, fill } from './places.js';
import { dateAt } from './calendar.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./companies.js').Company} Company
 * @typedef {import('./names.js').Person} Person
 *
 * A contact before it becomes a record. `depth` counts the people above it.
 * @typedef {{ id: string, person: Person, company: Company, email: string, level: string, department: string, depth: number, manager: Contact | undefined }} Contact
 */

/** Titles by level; `%` is the name of the department. */
const TITLES = {
  vice_president: ['VP %', 'Vice President %', 'Head of %'],
  director: ['Director of %', '% Director'],
  manager: ['% Manager', '% Lead', 'Team Lead %'],
};
const CHIEFS = {
  executive: ['Chief Executive Officer', 'Managing Director', 'Founder', 'Chair of the Board'],
  finance: ['Chief Financial Officer'],
  it: ['Chief Information Officer'],
  engineering: ['Chief Technology Officer'],
  operations: ['Chief Operating Officer'],
  marketing: ['Chief Marketing Officer'],
};
/** @type {Readonly<Record<string, { weight: number, name: string, roles: string[] }>>} */
const DEPARTMENTS = {
  executive: { weight: 3, name: 'Strategy', roles: ['Executive Assistant', 'Strategy Analyst'] },
  sales: {
    weight: 17,
    name: 'Sales',
    roles: ['Account Executive', 'Sales Representative', 'Key Account Specialist'],
  },
  marketing: {
    weight: 9,
    name: 'Marketing',
    roles: ['Marketing Specialist', 'Content Editor', 'Brand Designer'],
  },
  engineering: {
    weight: 16,
    name: 'Engineering',
    roles: ['Software Engineer', 'Design Engineer', 'Quality Engineer'],
  },
  operations: {
    weight: 16,
    name: 'Operations',
    roles: ['Operations Coordinator', 'Planner', 'Project Coordinator'],
  },
  finance: {
    weight: 10,
    name: 'Finance',
    roles: ['Accountant', 'Controller', 'Financial Analyst'],
  },
  human_resources: { weight: 6, name: 'People', roles: ['HR Generalist', 'Recruiter'] },
  it: {
    weight: 11,
    name: 'IT',
    roles: ['Systems Administrator', 'Business Analyst', 'Data Analyst', 'Security Analyst'],
  },
  procurement: { weight: 7, name: 'Procurement', roles: ['Buyer', 'Purchasing Specialist'] },
  support: {
    weight: 5,
    name: 'Customer Support',
    roles: ['Support Agent', 'Customer Success Specialist'],
  },
};
const DEPARTMENT_WEIGHTS = weightsOf(DEPARTMENTS);

/** @param {Readonly<Record<string, { weight: number }>>} table */
function weightsOf(table) {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, value.weight]));
}

/**
 * How many contacts each company has: at least one while they last, more for bigger companies.
 * @param {readonly Company[]} companies
 * @param {number} total
 */
function shareOut(companies, total) {
  const base = Math.min(1, total / companies.length);
  const rest = Math.max(0, total - companies.length);
  const weights = companies.map((company) => Math.min(company.employees, 20_000) ** 0.42);
  const sum = weights.reduce((left, right) => left + right, 0);
  let owed = 0;
  let given = 0;
  return weights.map((weight) => {
    owed += base + (rest * weight) / sum;
    const share = Math.round(owed) - given;
    given += share;
    return share;
  });
}

/**
 * Contacts of the companies, each with an address of its own and a manager above it.
 * @param {Random} random
 * @param {readonly Company[]} companies
 * @param {number} total
 * @returns {Contact[]}
 */
export function createContacts(random, companies, total) {
  const shares = shareOut(companies, total);
  /** @type {Contact[]} */
  const contacts = [];
  companies.forEach((company, index) => {
    const staff = createStaff(random, company, shares[index]);
    for (const contact of staff) {
      contact.id = `contact-${String(contacts.length + 1).padStart(5, '0')}`;
      contacts.push(contact);
    }
  });
  return contacts;
}

/**
 * The people of one company, leaders first.
 * @param {Random} random
 * @param {Company} company
 * @param {number} count
 */
function createStaff(random, company, count) {
  /** @type {Contact[]} */
  const staff = [];
  /** @type {Set<string>} */
  const mailboxes = new Set();
  for (let index = 0; index < count; index += 1) {
    const level = levelAt(random, index, count);
    const department = departmentOf(random, level, index);
    const person = createPerson(random, random.weighted(company.place.country.cultures));
    const manager = managerOf(random, staff, { level, department });
    const depth = manager === undefined ? 0 : manager.depth + 1;
    const email = `${mailbox(random, person, mailboxes)}@${company.domain}`;
    staff.push({ id: '', person, company, email, level, department, depth, manager });
  }
  return staff;
}

/** @param {Random} random @param {number} index @param {number} count */
function levelAt(random, index, count) {
  if (index === 0) return count === 1 ? random.weighted({ c_level: 55, manager: 45 }) : 'c_level';
  const place = index / count;
  if (place < 0.12) return random.weighted({ c_level: 25, vice_president: 45, director: 30 });
  if (place < 0.3) return random.weighted({ director: 55, manager: 45 });
  if (place < 0.55) return random.weighted({ manager: 60, individual: 40 });
  return 'individual';
}

/** @param {Random} random @param {string} level @param {number} index */
function departmentOf(random, level, index) {
  if (level !== 'c_level') return random.weighted(DEPARTMENT_WEIGHTS);
  if (index === 0) return 'executive';
  return random.weighted({ finance: 3, it: 3, engineering: 2, operations: 2, marketing: 2 });
}

const RANK = { c_level: 0, vice_president: 1, director: 2, manager: 3, individual: 4 };

/**
 * Somebody of a higher level who was made earlier, of the same department if there is one.
 * @param {Random} random
 * @param {readonly Contact[]} staff
 * @param {{ level: string, department: string }} who
 */
function managerOf(random, staff, { level, department }) {
  const rank = (/** @type {string} */ name) => RANK[/** @type {keyof typeof RANK} */ (name)];
  const above = staff.filter((other) => rank(other.level) < rank(level));
  if (above.length === 0 || !random.chance(0.93)) return undefined;
  const near = above.filter((other) => other.department === department);
  return random.pick(near.length > 0 ? near : above);
}

/**
 * The part before the `@`, not used in this company before.
 * @param {Random} random @param {Person} person @param {Set<string>} taken
 */
function mailbox(random, { given, family }, taken) {
  const first = toSlug(given).replaceAll('-', '');
  const last = toSlug(family.split(' ')[0]).replaceAll('-', '');
  const style = random.weighted({ full: 70, initial: 20, reversed: 10 });
  const shapes = {
    full: `${first}.${last}`,
    initial: `${first[0]}.${last}`,
    reversed: `${last}.${first}`,
  };
  const wanted = taken.has(shapes[style]) ? shapes.full : shapes[style];
  let candidate = wanted;
  for (let number = 2; taken.has(candidate); number += 1) candidate = `${wanted}${number}`;
  taken.add(candidate);
  return candidate;
}

/** @param {Random} random @param {Pick<Contact, 'level' | 'department'>} contact */
export function titleOf(random, { level, department }) {
  const { name, roles } = DEPARTMENTS[department];
  if (level === 'individual') return random.pick(roles);
  if (level === 'c_level') {
    return random.pick(CHIEFS[/** @type {keyof typeof CHIEFS} */ (department)] ?? CHIEFS.executive);
  }
  return random.pick(TITLES[/** @type {keyof typeof TITLES} */ (level)]).replace('%', name);
}

/** @param {Random} random @param {Contact} contact */
export function contactRecord(random, contact) {
  const { person, company } = contact;
  const { place } = company;
  return {
    id: contact.id,
    name: person.name,
    first_name: person.given,
    last_name: person.family,
    ...optional(random.chance(0.6), () => ({ salutation: salutationOf(random, person) })),
    account: company.id,
    ...optional(contact.manager !== undefined, () => ({ reports_to: contact.manager?.id })),
    title: titleOf(random, contact),
    department: contact.department,
    level: contact.level,
    email: contact.email,
    ...optional(random.chance(0.85), () => ({ phone: createPhone(random, place, 'phone') })),
    ...optional(random.chance(0.55), () => ({ mobile: createPhone(random, place, 'mobile') })),
    ...optional(random.chance(0.4), () => ({ mailing_address: addressOf(random, company) })),
    ...optional(random.chance(0.15), () => ({
      birthdate: dateAt(-random.integer(23 * 365, 66 * 365)),
    })),
    languages: CULTURES[person.culture].languages.slice(0, random.integer(1, 2)),
    lead_source: random.weighted({
      web: 32,
      referral: 18,
      event: 17,
      outbound: 18,
      partner: 9,
      advertising: 6,
    }),
    email_opt_out: random.chance(0.07),
    do_not_call: random.chance(0.04),
  };
}

/**
 * @template {object} T
 * @param {boolean} wanted
 * @param {() => T} make Called only when wanted.
 * @returns {Partial<T>}
 */
export function optional(wanted, make) {
  return wanted ? make() : {};
}

/** @param {Random} random @param {Person} person */
function salutationOf(random, { pronoun }) {
  if (random.chance(0.06)) return random.pick(['dr', 'dr', 'prof']);
  if (random.chance(0.02)) return 'mx';
  return pronoun === 'she' ? 'ms' : 'mr';
}

/** @param {Random} random @param {Company} company */
function addressOf(random, { place }) {
  return {
    street: createStreet(random, place),
    postalCode: fill(random, place.city.postal),
    city: place.city.city,
    state: place.city.region,
    country: place.country.name,
    countryCode: place.country.code.toUpperCase(),
  };
}
