import { describe, expect, it } from 'vitest';
import { filterToText, normalizeFilter } from '../../src/index.js';

const eq = (field: string, value: string) => ({ op: 'eq', field, value }) as const;
const related = (relation: string, where: unknown) => ({ op: 'related', relation, where });

describe('conditions on related records', () => {
  const region = related('account', related('owner', eq('region', 'EU')));

  it.each<[string, unknown]>([
    ['a dotted name', { 'account.owner.region': 'EU' }],
    ['nested objects', { account: { owner: { region: 'EU' } } }],
    ['both', { account: { 'owner.region': { $eq: 'EU' } } }],
    ['a tuple', ['account.owner.region', '=', 'EU']],
    ['the AST', { op: 'eq', field: 'account.owner.region', value: 'EU' }],
    ['the AST of relations', region],
    ['JSON', '{"account.owner.region":"EU"}'],
  ])('are read from %s', (_name, input) => {
    expect(normalizeFilter(input)).toEqual(region);
  });

  it('in one object speak of one and the same record', () => {
    const both = { op: 'and', args: [eq('name', 'x'), { op: 'eq', field: 'active', value: true }] };
    expect(normalizeFilter({ contacts: { name: 'x', active: true } })).toEqual(
      related('contacts', both),
    );
    expect(normalizeFilter({ contacts: { $or: [{ name: 'x' }, { name: 'y' }] } })).toEqual(
      related('contacts', { op: 'or', args: [eq('name', 'x'), eq('name', 'y')] }),
    );
    expect(normalizeFilter({ contacts: { $not: { name: 'x' } } })).toEqual(
      related('contacts', { op: 'not', arg: eq('name', 'x') }),
    );
  });

  it('may stand beside conditions on the field itself', () => {
    expect(normalizeFilter({ account: { $ne: null, region: 'EU' } })).toEqual({
      op: 'and',
      args: [{ op: 'ne', field: 'account', value: null }, related('account', eq('region', 'EU'))],
    });
  });

  it.each<[string, unknown]>([
    ['$some', { op: 'some', relation: 'contacts', where: eq('name', 'x') }],
    ['$none', { op: 'not', arg: { op: 'some', relation: 'contacts', where: eq('name', 'x') } }],
    [
      '$every',
      {
        op: 'not',
        arg: { op: 'some', relation: 'contacts', where: { op: 'not', arg: eq('name', 'x') } },
      },
    ],
  ])('know %s', (quantifier, expected) => {
    expect(normalizeFilter({ contacts: { [quantifier]: { name: 'x' } } })).toEqual(expected);
    const word = quantifier.slice(1);
    expect(normalizeFilter(['contacts', word, ['name', '=', 'x']])).toEqual(expected);
    expect(normalizeFilter({ 'account.contacts': { [quantifier]: { name: 'x' } } })).toEqual(
      related('account', expected),
    );
  });

  it('read what they wrote', () => {
    const filter = normalizeFilter({
      'account.contacts': { $none: { name: 'x', tree: { $descendantsOf: 'r' } } },
      amount: { $gt: { $field: 'budget' } },
    });
    expect(normalizeFilter(filter)).toEqual(filter);
    expect(filterToText(filter)).toBe(
      'account has (not (some contacts has (name = "x" and below "r" in tree))) and amount > budget',
    );
  });

  it.each<[string, unknown]>([
    ['a path that is too long', { 'a.b.c.d.e.f.g': 1 }],
    ['an operator beside a name', { account: { gt: 1, region: 'EU' } }],
    ['a quantifier without a field', { $some: { name: 'x' } }],
    ['a reference without an operator', { $field: 'x' }],
    ['a reference to another record', { 'account.a': { $gt: { $field: 'b' } } }],
    ['a reference as text pattern', { a: { $contains: { $field: 'b' } } }],
    ['an empty relation', { account: {} }],
    ['a relation that is no text', { op: 'some', relation: 1, where: {} }],
    ['an operator that is no text', { op: 'compareFields', operator: 1, field: 'a', other: 'b' }],
    ['a place in a tree that is no id', { parent: { $descendantsOf: 1 } }],
  ])('refuse %s', (_name, input) => {
    expect(() => normalizeFilter(input)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(invalid_filter|limit_exceeded|unknown_operator)$/) as string,
      }) as Error,
    );
  });
});

describe('comparisons of two fields', () => {
  it.each<[string, unknown]>([
    ['the object form', { amount: { $gt: { $field: 'budget' } } }],
    ['a tuple', ['amount', '>', { $field: 'budget' }]],
    ['the AST', { op: 'compareFields', operator: 'gt', field: 'amount', other: 'budget' }],
  ])('are read from %s', (_name, input) => {
    expect(normalizeFilter(input)).toEqual({
      op: 'compareFields',
      operator: 'gt',
      field: 'amount',
      other: 'budget',
    });
  });

  it('lie in the related record when both paths lead there', () => {
    expect(normalizeFilter({ 'account.a': { $field: 'account.b' } })).toEqual(
      related('account', { op: 'compareFields', operator: 'eq', field: 'a', other: 'b' }),
    );
  });
});
