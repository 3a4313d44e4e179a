import { beforeAll, describe, expect, test } from 'vitest';
import type { ObjectDefinition } from '@objectos/spec/metadata';
import { generate, type Batch } from '../../examples/crm/seed/generate.js';
import { readCrmObjects, readCrmSeed } from './crm-objects.js';

type SeedRecord = Record<string, unknown>;

const show = (value: unknown): string => JSON.stringify(value);

const objects = readCrmObjects();
let batches: Batch[];
let records: Map<string, SeedRecord[]>;

beforeAll(() => {
  batches = [...generate()];
  records = new Map();
  for (const { object, records: added } of batches) {
    records.set(object, [...(records.get(object) ?? []), ...added]);
  }
});

const of = (object: string): SeedRecord[] => records.get(object) ?? [];

function share(list: readonly SeedRecord[], test: (record: SeedRecord) => boolean): number {
  return list.filter(test).length / list.length;
}

describe('determinism', () => {
  test('the same seed gives the same records, another seed others', () => {
    const text = (seed: string) =>
      JSON.stringify([...generate({ seed, accounts: 40, contacts: 200 })]);
    expect(text('a')).toBe(text('a'));
    expect(text('a')).not.toBe(text('b'));
  });

  test('the size is as asked, down to one account', () => {
    expect(of('account')).toHaveLength(1000);
    expect(of('contact')).toHaveLength(10_000);
    const small = [...generate({ accounts: 1, contacts: 3 })];
    expect(
      small.filter(({ object }) => object === 'contact').flatMap((batch) => batch.records),
    ).toHaveLength(3);
  });

  test('every object of the CRM has records, and the whole stays small enough to boot with', () => {
    expect([...records.keys()].sort()).toEqual([...objects.keys()].sort());
    const total = [...records.values()].reduce((sum, list) => sum + list.length, 0);
    expect(total).toBeGreaterThan(18_000);
    expect(total).toBeLessThan(23_000);
  });
});

describe('integrity', () => {
  test('ids are valid and unique across objects', () => {
    const ids = batches.flatMap((batch) => batch.records.map(({ id }) => String(id)));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  test('records use declared fields only, fill the required ones and pick declared options', () => {
    const wrong: string[] = [];
    for (const { object, records: list } of batches) {
      const definition = objects.get(object)!;
      for (const record of list)
        wrong.push(...problemsOf(record, definition.fields).map((text) => `${object}: ${text}`));
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('a reference points to a record of an earlier batch', () => {
    const seen = new Set<string>();
    const dangling: string[] = [];
    for (const { object, records: list } of batches) {
      for (const [name, field] of Object.entries(objects.get(object)!.fields)) {
        if (field.type !== 'lookup' && field.type !== 'master_detail') continue;
        for (const record of list) {
          const value = record[name];
          if (value !== undefined && !seen.has(`${String(field.reference)} ${show(value)}`)) {
            dangling.push(`${object}.${name} = ${show(value)}`);
          }
        }
      }
      for (const { id } of list) seen.add(`${object} ${show(id)}`);
    }
    expect(dangling).toEqual([]);
  });

  test.each([
    ['price_book', ['price_books']],
    ['campaign', ['campaigns', 'sub_campaigns']],
  ])('the seed files hold the same %s records', (object, names) => {
    expect(names.flatMap((name) => readCrmSeed(name).records)).toEqual(of(object));
  });

  test('unique fields and unique rules hold', () => {
    const repeated: string[] = [];
    for (const [name, definition] of objects) {
      const unique = Object.entries(definition.fields)
        .filter(([, field]) => 'unique' in field && field.unique === true)
        .map(([field]) => [field]);
      const rules = (definition.validations ?? []).flatMap((rule) =>
        rule.type === 'unique' ? [rule.fields] : [],
      );
      for (const fields of [...unique, ...rules]) {
        if (repeats(of(name), fields)) repeated.push(`${name}(${fields.join(', ')})`);
      }
    }
    expect(repeated).toEqual([]);
  });

  test('an opportunity with line items amounts to their sum', () => {
    const cents = new Map<string, number>();
    for (const { opportunity, quantity, unit_price, discount } of of('opportunity_line_item')) {
      const line = Math.round(
        (Math.round(Number(unit_price) * 100) * Number(quantity) * (100 - Number(discount))) / 100,
      );
      cents.set(String(opportunity), (cents.get(String(opportunity)) ?? 0) + line);
    }
    expect(cents.size).toBeGreaterThan(500);
    for (const { id, amount } of of('opportunity')) {
      const sum = cents.get(String(id));
      if (sum !== undefined) expect(Math.round(Number(amount) * 100)).toBe(sum);
    }
  });
});

describe('believability', () => {
  test('company sizes have a long tail', () => {
    const sizes = of('account')
      .map(({ employees }) => Number(employees))
      .sort((a, b) => a - b);
    const median = sizes[500]!;
    expect(median).toBeGreaterThan(40);
    expect(median).toBeLessThan(130);
    expect(sizes.at(-10)!).toBeGreaterThan(median * 30);
    const revenues = of('account')
      .map(({ annual_revenue }) => Number(annual_revenue))
      .sort((a, b) => b - a);
    const top = revenues.slice(0, 100).reduce((sum, value) => sum + value, 0);
    expect(top / revenues.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0.5);
  });

  test('industries and countries are weighted, and a city lies in one country', () => {
    expect(share(of('account'), ({ industry }) => industry === 'software')).toBeGreaterThan(0.1);
    expect(share(of('account'), ({ industry }) => industry === 'public_sector')).toBeLessThan(0.05);
    const countries = new Map<string, Set<string>>();
    for (const { city, country, region } of of('account')) {
      const known = countries.get(String(city)) ?? new Set();
      countries.set(String(city), known.add(`${String(region)}, ${String(country)}`));
    }
    expect([...countries.values()].every((places) => places.size === 1)).toBe(true);
    expect(new Set(of('account').map(({ country }) => country)).size).toBeGreaterThanOrEqual(18);
  });

  test('an email is made from the name and the domain of the account', () => {
    const domains = new Map(
      of('account').map(({ id, website }) => [id, String(website).replace('https://www.', '')]),
    );
    for (const { account, email } of of('contact')) {
      expect(String(email).split('@')[1]).toBe(domains.get(account));
      expect(email).toMatch(/^[a-z0-9.]+@[a-z0-9-]+\.example$/);
    }
    expect(new Set(of('contact').map(({ name }) => name)).size).toBeGreaterThan(5000);
  });

  test('bigger accounts have more contacts', () => {
    const counts = new Map<unknown, number>();
    for (const { account } of of('contact')) counts.set(account, (counts.get(account) ?? 0) + 1);
    expect(counts.size).toBe(1000);
    const average = (tier: string) => {
      const accounts = of('account').filter((account) => account['tier'] === tier);
      return accounts.reduce((sum, { id }) => sum + (counts.get(id) ?? 0), 0) / accounts.length;
    };
    expect(average('enterprise')).toBeGreaterThan(3 * average('small_business'));
  });

  test('stage, probability, close date and account type agree', () => {
    const types = new Map(of('account').map(({ id, type }) => [id, type]));
    for (const { account, stage, probability, close_date } of of('opportunity')) {
      const closed = String(stage).startsWith('closed');
      expect(String(close_date) < '2026-09-01').toBe(closed);
      if (stage === 'closed_won')
        expect([probability, types.get(account)]).toEqual([100, 'customer']);
    }
    const at = (stage: string) =>
      of('opportunity').filter((record) => record['stage'] === stage).length;
    expect(at('prospecting')).toBeGreaterThan(at('negotiation'));
  });

  test('critical cases are rare and answered fastest', () => {
    expect(share(of('case'), ({ priority }) => priority === 'critical')).toBeLessThan(0.15);
    const hours = (priority: string) => {
      const waits = of('case')
        .filter(
          (record) => record['priority'] === priority && record['first_response_at'] !== undefined,
        )
        .map(
          (record) =>
            Date.parse(String(record['first_response_at'])) -
            Date.parse(String(record['opened_at'])),
        )
        .sort((a, b) => a - b);
      return waits[Math.floor(waits.length / 2)]! / 3_600_000;
    };
    expect(hours('critical')).toBeLessThan(hours('low') / 4);
  });
});

function problemsOf(record: SeedRecord, fields: ObjectDefinition['fields']): string[] {
  const unknown = Object.keys(record).filter((key) => key !== 'id' && !Object.hasOwn(fields, key));
  const missing = Object.entries(fields).filter(
    ([name, field]) => 'required' in field && field.required === true && record[name] === undefined,
  );
  const offered = Object.entries(fields).filter(([name, field]) => {
    if (!('options' in field) || field.options === undefined || record[name] === undefined)
      return false;
    const values = new Set(field.options.map(({ value }) => show(value)));
    return ![record[name]].flat().every((value) => values.has(show(value)));
  });
  return [
    ...unknown.map((key) => `unknown ${key}`),
    ...missing.map(([name]) => `missing ${name}`),
    ...offered.map(([name]) => `${name} = ${show(record[name])}`),
  ];
}

/** Whether two records agree in all the fields; an empty field agrees with nothing. */
function repeats(list: readonly SeedRecord[], fields: readonly string[]): boolean {
  const keys = list
    .filter((record) => fields.every((field) => record[field] !== undefined))
    .map((record) => JSON.stringify(fields.map((field) => record[field])));
  return new Set(keys).size !== keys.length;
}
