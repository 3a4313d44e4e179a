import type { RecordData } from '@objectos/spec/contracts';
import type { ObjectMeta } from '@objectql/core';
import { OPERATIONS, grants as setGrants, opensAll } from '../compile/object-rights.js';
import { sharingModelOf, waysInto, type CompileScope } from '../compile/record-access.js';
import { bound, concerns, policiesOf, policyRows, rowsFor } from '../compile/rows.js';
import { matchesLater } from '../match/matches.js';
import type { Question } from './explain.js';
import type { Layer } from './types.js';

type RecordQuestion = Question & { readonly record: RecordData };

/** Which ways into the record there are, and which of them are open. */
export async function explainRecord(
  scope: CompileScope,
  meta: ObjectMeta,
  { operation, grants, record, read }: RecordQuestion,
): Promise<Layer> {
  const all = grants.sets.filter(
    (set) => setGrants(set, meta.name, operation) && opensAll(set, meta.name, operation),
  );
  const ways = waysInto(scope, meta, {
    level: OPERATIONS[operation].level,
    parentRows: (parent, level) => rowsFor(scope, parent, level === 'read' ? 'read' : 'update'),
  });
  const tried = [];
  for (const { by, label, filter } of ways) {
    tried.push({ by, label, open: await matchesLater(filter, record, read) });
  }
  const open = tried.filter((way) => way.open).map(({ by, label }) => `${by} (${label})`);
  if (all.length > 0) open.unshift(`all records (${all.map((set) => set.name).join(', ')})`);
  const sharing = sharingModelOf(meta);
  return {
    layer: 'records',
    passed: open.length > 0,
    reason:
      open.length > 0
        ? `open by ${open.join(', ')}`
        : `the object is ${sharing}, the record belongs to ${(record['owner_id'] as string | null) ?? 'nobody'}, and no role, rule or share opens it`,
    details: { sharingModel: sharing, owner: record['owner_id'] ?? null, ways: tried },
  };
}

/** What each policy of each granting set says about the record. */
export async function explainPolicies(
  scope: CompileScope,
  meta: ObjectMeta,
  { operation, grants, record, read }: RecordQuestion,
): Promise<Layer> {
  const granting = grants.sets.filter((set) => setGrants(set, meta.name, operation));
  const policies = [];
  let passed = granting.length === 0;
  for (const set of granting) {
    const side = { object: meta.name, operation, side: 'using' } as const;
    passed ||= await matchesLater(policyRows(scope, set, side), record, read);
    for (const policy of policiesOf(set, meta.name, operation)) {
      const concerned = concerns(policy, scope);
      const open = concerned && (await matchesLater(bound(scope, policy.using), record, read));
      policies.push({ set: set.name, policy: policy.name, concerns: concerned, open });
    }
  }
  const failed = policies.filter((one) => !one.open).map((one) => `${one.set}.${one.policy}`);
  return {
    layer: 'policies',
    passed,
    reason: passed ? 'no policy stands in the way' : `closed by ${failed.join(', ')}`,
    details: { policies },
  };
}
