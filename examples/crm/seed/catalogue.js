import { dateAt } from './calendar.js';

/**
 * Products and price books: a small list that is written by hand rather than drawn.
 *
 * @typedef {{ id: string, name: string, code: string, family: string, unit: string, price: number }} Product
 * @typedef {{ id: string, name: string, audience: string, factor: number, families: readonly string[] | undefined }} PriceBook
 * @typedef {{ id: string, name: string, book: PriceBook, product: Product, price: number }} Entry
 */

/** Family, code, name, unit, list price in US dollars. @type {readonly [string, string, string, string, number][]} */
const ROWS = [
  ['platform', 'PLT-100', 'Workspace Starter', 'user_month', 12],
  ['platform', 'PLT-200', 'Workspace Team', 'user_month', 24],
  ['platform', 'PLT-300', 'Workspace Business', 'user_month', 42],
  ['platform', 'PLT-400', 'Workspace Enterprise', 'user_month', 68],
  ['platform', 'PLT-500', 'Workspace on your own servers', 'year', 36_000],
  ['add_on', 'ADD-110', 'Advanced reports', 'user_month', 6],
  ['add_on', 'ADD-120', 'Field service', 'user_month', 15],
  ['add_on', 'ADD-130', 'Contract signing', 'user_month', 8],
  ['add_on', 'ADD-140', 'Telephone integration', 'seat', 180],
  ['add_on', 'ADD-150', 'Sandbox environment', 'year', 4800],
  ['add_on', 'ADD-160', 'Data warehouse connector', 'year', 7200],
  ['add_on', 'ADD-170', 'Single sign-on', 'year', 3600],
  ['add_on', 'ADD-180', 'Audit archive', 'year', 2900],
  ['hardware', 'HW-210', 'Badge reader', 'piece', 189],
  ['hardware', 'HW-220', 'Label printer', 'piece', 349],
  ['hardware', 'HW-230', 'Warehouse scanner', 'piece', 620],
  ['hardware', 'HW-240', 'Meeting room panel', 'piece', 899],
  ['hardware', 'HW-250', 'Edge gateway', 'piece', 1450],
  ['services', 'SRV-310', 'Consulting', 'day', 1400],
  ['services', 'SRV-320', 'Data migration', 'day', 1600],
  ['services', 'SRV-330', 'Integration development', 'day', 1550],
  ['services', 'SRV-340', 'Quick start package', 'piece', 9500],
  ['services', 'SRV-350', 'Health check', 'piece', 4200],
  ['support', 'SUP-410', 'Support, business hours', 'year', 5400],
  ['support', 'SUP-420', 'Support, day and night', 'year', 14_500],
  ['support', 'SUP-430', 'Named support engineer', 'year', 58_000],
  ['training', 'TRN-510', 'Administrator training', 'seat', 1250],
  ['training', 'TRN-520', 'Developer training', 'seat', 1650],
  ['training', 'TRN-530', 'User training on site', 'day', 2100],
  ['training', 'TRN-540', 'Online course', 'seat', 290],
];

/** @type {readonly Product[]} */
export const PRODUCTS = ROWS.map(([family, code, name, unit, price]) => ({
  id: `product-${code.toLowerCase()}`,
  name,
  code,
  family,
  unit,
  price,
}));

/** @type {readonly PriceBook[]} */
export const PRICE_BOOKS = [
  {
    id: 'book-standard',
    name: 'Standard',
    audience: 'direct',
    factor: 1,
    families: undefined,
  },
  {
    id: 'book-partner',
    name: 'Partners',
    audience: 'partner',
    factor: 0.8,
    families: ['platform', 'add_on', 'hardware', 'training'],
  },
  {
    id: 'book-public',
    name: 'Education and public sector',
    audience: 'public_sector',
    factor: 0.7,
    families: ['platform', 'add_on', 'support', 'training'],
  },
];

/** @type {readonly Entry[]} */
export const ENTRIES = PRICE_BOOKS.flatMap((book) =>
  PRODUCTS.filter(({ family }) => book.families?.includes(family) ?? true).map((product) => ({
    id: `entry-${book.id.slice('book-'.length)}-${product.code.toLowerCase()}`,
    name: `${product.name} (${book.name})`,
    book,
    product,
    price: Math.round(product.price * book.factor * 100) / 100,
  })),
);

/** The share of the price that a product of the family costs us. */
const COSTS = {
  platform: 0.22,
  add_on: 0.18,
  hardware: 0.61,
  services: 0.55,
  support: 0.38,
  training: 0.47,
};

export function catalogueBatches() {
  return [
    { object: 'product', records: PRODUCTS.map(productRecord) },
    { object: 'price_book', records: PRICE_BOOKS.map(bookRecord) },
    { object: 'price_book_entry', records: ENTRIES.map(entryRecord) },
  ];
}

/** @param {Product} product */
function productRecord({ id, name, code, family, unit, price }) {
  const cost = COSTS[/** @type {keyof typeof COSTS} */ (family)];
  const retired = code === 'HW-220';
  return {
    id,
    name,
    code,
    family,
    unit,
    unit_cost: Math.round(price * cost * 100) / 100,
    active: !retired,
    ...(retired ? { support_until: dateAt(240) } : {}),
  };
}

/** @param {PriceBook} book */
function bookRecord({ id, name, audience }) {
  return {
    id,
    name,
    audience,
    standard: id === 'book-standard',
    active: true,
    valid_from: '2024-01-01',
  };
}

/** @param {Entry} entry */
function entryRecord({ id, name, book, product, price }) {
  return {
    id,
    name,
    price_book: book.id,
    product: product.id,
    list_price: price,
    active: product.code !== 'HW-220',
  };
}
