import { isObjectOSError } from '@objectos/spec/errors';
import type { MetadataProblem } from '@objectql/core';
import { describe, expect, it } from 'vitest';
import { openApplication, type Files } from './support.js';

const DEAL = {
  'objects/deal.object.yml': `
sharingModel: private
fields:
  name: { type: text }
  amount: { type: number }
  data: { type: json }
`,
  'objects/free.object.yml': 'sharingModel: public_read\nfields: { name: { type: text } }',
};

async function problemsOf(files: Files): Promise<MetadataProblem[]> {
  try {
    await openApplication({ ...DEAL, ...files });
    return [];
  } catch (error) {
    let cause: unknown = error;
    while (cause instanceof Error) {
      if (isObjectOSError(cause, 'metadata_invalid')) {
        return cause.details['problems'] as MetadataProblem[];
      }
      cause = cause.cause;
    }
    throw error;
  }
}

const set = (body: string): Files => ({
  'permission_sets/s.permission_set.yml': `name: s\n${body}`,
});
const policy = (body: string): Files =>
  set(`rowLevelSecurity:\n  - { name: p, object: deal, operation: select, ${body} }`);

describe('metadata is refused at load, with place and suggestion', () => {
  const cases: readonly (readonly [string, Files, string, number, RegExp])[] = [
    [
      'an unknown object',
      set('objects:\n  dael: { allowRead: true }'),
      'reference_unknown',
      3,
      /"deal"/,
    ],
    [
      'an unknown field',
      set('fields:\n  deal.amuont: { readable: true }'),
      'field_unknown',
      3,
      /"amount"/,
    ],
    [
      'a field of an unknown object',
      set('fields:\n  dael.name: {}'),
      'reference_unknown',
      3,
      /"deal"/,
    ],
    [
      'an unknown role',
      set('assignedTo:\n  - { type: role, value: amdin }'),
      'item_unknown',
      3,
      /"admin"/,
    ],
    [
      'a policy on an unknown object',
      set('rowLevelSecurity:\n  - { name: p, object: dael, operation: all, using: "TRUE" }'),
      'reference_unknown',
      3,
      /"deal"/,
    ],
    ['a policy on an unknown field', policy('using: amuont > 1'), 'policy_invalid', 3, /amuont/],
    ['a policy that does not parse', policy('using: "amount >"'), 'policy_invalid', 3, /./],
    ['a policy that computes', policy('using: amount * 2 > 5'), 'policy_invalid', 3, /row by row/],
    ['a policy on JSON', policy('using: data = "x"'), 'policy_invalid', 3, /row by row/],
    [
      'a policy on the past',
      policy('using: ISCHANGED(amount)'),
      'policy_invalid',
      3,
      /what it was before/,
    ],
    ['a policy over no relation', policy('using: name.x = "y"'), 'policy_invalid', 3, /name\.x/],
    [
      'a filter on an unknown field',
      policy('using: { amuont: 1 }'),
      'policy_invalid',
      3,
      /"deal" has no field "amuont"/,
    ],
    [
      'a filter with an unknown operator',
      policy('using: { amount: { $abuot: 1 } }'),
      'policy_invalid',
      3,
      /abuot/,
    ],
    [
      'a user field that nobody has',
      policy('using: name = $User.reigon'),
      'policy_invalid',
      3,
      /reigon/,
    ],
    [
      'a policy of an unknown role',
      policy('using: "TRUE", roles: [adminn]'),
      'item_unknown',
      3,
      /"admin"/,
    ],
    [
      'a role below an unknown one',
      { 'roles/r.role.yml': 'name: r\nparent: s' },
      'item_unknown',
      2,
      /"s"/,
    ],
    [
      'a circle of roles',
      {
        'roles/a.role.yml': 'name: a\nparent: c',
        'roles/b.role.yml': 'name: b\nparent: a',
        'roles/c.role.yml': 'name: c\nparent: b',
      },
      'role_cycle',
      2,
      /a -> c -> b -> a/,
    ],
    [
      'a rule on an unknown object',
      {
        'sharing_rules/r.sharing_rule.yml':
          'name: r\nobject: dael\ntype: criteria\ncondition: "TRUE"\naccessLevel: read\nsharedWith: { type: everyone }',
      },
      'reference_unknown',
      2,
      /"deal"/,
    ],
    [
      'a rule with a wrong condition',
      {
        'sharing_rules/r.sharing_rule.yml':
          'name: r\nobject: deal\ntype: criteria\ncondition: nope = 1\naccessLevel: read\nsharedWith: { type: everyone }',
      },
      'policy_invalid',
      4,
      /nope/,
    ],
    [
      'a rule for an unknown role',
      {
        'sharing_rules/r.sharing_rule.yml':
          'name: r\nobject: deal\ntype: owner\nownedBy: { type: role, value: amdin }\naccessLevel: read\nsharedWith: { type: role, value: admin }',
      },
      'item_unknown',
      4,
      /"admin"/,
    ],
    [
      'records that follow no master',
      {
        'objects/x.object.yml':
          'sharingModel: controlled_by_parent\nfields: { name: { type: text } }',
      },
      'sharing_without_parent',
      1,
      /no master-detail/,
    ],
    [
      'a rule for records that follow a master',
      {
        'objects/x.object.yml':
          'sharingModel: controlled_by_parent\nfields: { d: { type: master_detail, reference: deal } }',
        'sharing_rules/r.sharing_rule.yml':
          'name: r\nobject: x\ntype: criteria\ncondition: "TRUE"\naccessLevel: read\nsharedWith: { type: everyone }',
      },
      'sharing_rule_useless',
      2,
      /opens nothing/,
    ],
  ];
  it.each(cases)('%s', async (_name, files, code, line, words) => {
    const problems = await problemsOf(files);
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    expect(problems[0]?.position.line).toBe(line);
    expect(`${problems[0]?.message ?? ''} ${problems[0]?.hint ?? ''}`).toMatch(words);
  });

  it('and what is right loads', async () => {
    const files = {
      ...set(
        'objects: { deal: { allowRead: true }, "*": {} }\nfields: { deal.name: {}, "free.*": {}, "*.*": {} }',
      ),
      'roles/top.role.yml': 'name: top',
      'roles/low.role.yml': 'name: low\nparent: top',
    };
    expect(await problemsOf(files)).toEqual([]);
  });
});
