import { describe, expect, it } from 'vitest';
import { codeOf, openApplication, system, tenant, user, type TestApplication } from './support.js';

const OBJECTS = {
  'objects/user.object.yml': `
fields:
  name: { type: text }
  region: { type: text }
  level: { type: number }
`,
  'objects/account.object.yml': `
sharingModel: public_read_write
fields: { name: { type: text }, region: { type: text } }
`,
  'objects/deal.object.yml': `
sharingModel: public_read_write
fields:
  name: { type: text, required: true }
  region: { type: text }
  other_region: { type: text }
  amount: { type: number }
  limit: { type: number }
  active: { type: boolean }
  closes: { type: date }
  tags: { type: tags }
  reviewer: { type: text }
  account: { type: lookup, reference: account }
`,
};

/** A set with one policy on deals. */
function withPolicy(policy: string, more = ''): Record<string, string> {
  return {
    ...OBJECTS,
    'permission_sets/sales.permission_set.yml': `
name: sales
assignedTo: [{ type: everyone }]
objects:
  deal: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
  account: { allowRead: true }
fields: { 'deal.*': { editable: true }, 'account.*': { readable: true } }
rowLevelSecurity:
  - ${policy}
${more}`,
    'permission_sets/rest.permission_set.yml': `
name: rest
objects: { deal: { allowRead: true } }
`,
    'roles/rep.role.yml': 'name: rep',
  };
}

let app: TestApplication;
const ann = user('ann');

async function open(policy: string, more = ''): Promise<void> {
  app = await openApplication(withPolicy(policy, more));
  await app.engine.insert('user', { id: 'ann', name: 'Ann', region: 'EU', level: 3 }, tenant, {
    acceptId: true,
  });
  const eu = await app.engine.insert('account', { name: 'Acme', region: 'EU' }, tenant);
  const us = await app.engine.insert('account', { name: 'Umbrella', region: 'US' }, tenant);
  const deals = [
    {
      name: 'a',
      region: 'EU',
      amount: 5,
      limit: 9,
      active: true,
      closes: '2020-01-01',
      account: eu['id'],
    },
    {
      name: 'b',
      region: 'US',
      amount: 50,
      limit: 9,
      active: false,
      closes: '2999-01-01',
      account: us['id'],
    },
    { name: 'c', region: null, amount: null, limit: null, reviewer: 'ann', tags: ['hot', 'x'] },
    { name: 'd', region: '50%_off', other_region: '50%_off', amount: 0, account: eu['id'] },
  ];
  for (const deal of deals) await app.engine.insert('deal', deal, tenant);
}

async function seen(ctx = ann): Promise<string> {
  const { records, total } = await app.engine.find('deal', { count: true }, ctx);
  expect(total).toBe(records.length);
  return records
    .map((record) => String(record['name']))
    .sort()
    .join('');
}

describe('using, as a formula', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['region = $User.region', 'a'],
    ['region <> $User.region', 'bcd'],
    ['region = current_user.region', 'a'],
    ["region = '{{current_user.region}}'", 'a'],
    ['region = {{ current_user.region }}', 'a'],
    ['owner_id = $User.Id', ''],
    ['reviewer = {{ userId }}', 'c'],
    ['region = "US" OR reviewer = $User.id', 'bc'],
    ['NOT(region = "US") AND amount >= 0', 'ad'],
    ['NOT(amount > 4)', 'cd'],
    ['amount <> 5', 'bd'],
    ['10 > amount', 'ad'],
    ['amount < limit', 'a'],
    ['amount > limit', 'b'],
    ['amount <> limit', 'ab'],
    ['region = other_region', 'cd'],
    ['ISBLANK(region)', 'c'],
    ['region = NULL', 'c'],
    ['region <> ""', 'abd'],
    ['region IN ("EU", "US")', 'ab'],
    ['region NOT IN ("EU", "US")', 'cd'],
    ['$User.level > 2 AND active', 'a'],
    ['$User.level > 3 AND active', ''],
    ['IN(region, "EU", $User.region)', 'a'],
    ['CONTAINS(region, "%_")', 'd'],
    ['BEGINS(region, "E")', 'a'],
    ['INCLUDES(tags, "hot")', 'c'],
    ['account.region = $User.region', 'ad'],
    ['account.region <> "EU"', 'b'],
    ['closes < TODAY()', 'a'],
    ['closes = DATEVALUE("2999-01-01")', 'b'],
    ['"rep" IN ($User.roles)', ''],
    ['TRUE', 'abcd'],
    ['FALSE', ''],
  ];
  it.each(cases)('%s', async (formula, expected) => {
    await open(`{ name: p, object: deal, operation: select, using: ${JSON.stringify(formula)} }`);
    expect(await seen()).toBe(expected);
  });

  it('opens nothing over a value that the user does not have, whatever negations stand around', async () => {
    const stranger = user('stranger');
    for (const formula of [
      'region = $User.region',
      'region <> $User.region',
      'NOT(region = $User.region)',
      'NOT(NOT(region = $User.region))',
      'region IN ($User.region)',
      'region NOT IN ($User.region)',
      'NOT(CONTAINS(region, $User.region))',
      'amount < $User.level',
    ]) {
      await open(`{ name: p, object: deal, operation: select, using: ${JSON.stringify(formula)} }`);
      expect(await seen(stranger), formula).toBe('');
      await app.kernel.stop();
    }
  }, 60_000);
});

describe('using, as a filter with templates', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{ region: "{{current_user.region}}" }', 'a'],
    ['{ $or: [{ region: "{{current_user.region}}" }, { reviewer: "{{current_user.id}}" }] }', 'ac'],
    ['{ region: { $in: ["{{current_user.region}}", "US"] } }', 'ab'],
    ['{ region: { $in: "{{current_user.roles}}" } }', ''],
    ['[and, [region, "=", "{{ current_user.region }}"], [amount, "<", 10]]', 'a'],
    [
      '{ $and: [{ $or: [{ region: "{{ user.region }}" }, { region: { $in: ["{{region}}"] } }] }] }',
      'a',
    ],
    ['{ $not: { reviewer: "{{current_user.role}}" } }', ''],
    ['{ account: { region: "{{current_user.region}}" } }', 'ad'],
    ['{ op: compareFields, operator: lt, field: amount, other: limit }', 'a'],
    ['{ tags: { $contains: "hot" } }', 'c'],
    ['{ region: { $isNull: true } }', 'c'],
    ['{ amount: { $between: [1, 100] } }', 'ab'],
  ];
  it.each(cases)('%s', async (filter, expected) => {
    await open(`{ name: p, object: deal, operation: select, using: ${filter} }`);
    expect(await seen()).toBe(expected);
  });
});

describe('policies of several sets and operations', () => {
  it('a set opens what any of its policies opens; another set adds to it', async () => {
    await open(
      '{ name: eu, object: deal, operation: select, using: region = "EU" }',
      '  - { name: big, object: deal, operation: all, using: amount > 40 }',
    );
    expect(await seen()).toBe('ab');
    await app.engine.insert(
      'permission_set_assignment',
      { permission_set: 'rest', grantee: 'user:ann' },
      tenant,
    );
    expect(await seen()).toBe('abcd');
  });

  it('a policy for other roles leaves nothing open; one that is switched off is not there', async () => {
    await open('{ name: p, object: deal, operation: select, using: region = "EU", roles: [rep] }');
    expect(await seen()).toBe('');
    expect(await seen(user('ann', { roles: ['rep'] }))).toBe('a');
    await app.reload(
      withPolicy(
        '{ name: p, object: deal, operation: select, using: region = "EU", enabled: false }',
      ),
    );
    expect(await seen()).toBe('abcd');
  });

  it('a change must not leave check, nor using where there is no check', async () => {
    await open('{ name: p, object: deal, operation: all, using: region = "EU" }');
    const make = (data: Record<string, unknown>) =>
      app.engine.insert('deal', { name: 'n', ...data }, ann);
    expect(await codeOf(make({ region: 'US' }))).toBe('row_check_failed');
    expect(await codeOf(make({}))).toBe('row_check_failed');
    const made = await make({ region: 'EU' });
    const change = (data: Record<string, unknown>) =>
      app.engine.update('deal', made['id'] as string, data, ann);
    expect(await codeOf(change({ region: 'US' }))).toBe('row_check_failed');
    expect(await codeOf(change({ amount: 1 }))).toBe('done');
  });

  it('check alone says nothing of what is seen', async () => {
    await open('{ name: p, object: deal, operation: update, check: "amount < $User.level * 10" }');
    expect(await seen()).toBe('abcd');
    const { records } = await app.engine.find('deal', {}, ann);
    const id = records.find((record) => record['name'] === 'a')?.['id'] as string;
    expect(await codeOf(app.engine.update('deal', id, { amount: 29 }, ann))).toBe('done');
    expect(await codeOf(app.engine.update('deal', id, { amount: 30 }, ann))).toBe(
      'row_check_failed',
    );
  });

  it('a change of what a policy reads of the user counts from the next request', async () => {
    await open('{ name: p, object: deal, operation: select, using: region = $User.region }');
    expect(await seen()).toBe('a');
    await app.engine.update('user', 'ann', { region: 'US' }, system);
    expect(await seen()).toBe('b');
  });
});
