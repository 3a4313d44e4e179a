import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { stopAndCheck } from '@objectos/testing';
import { afterEach, expect, it } from 'vitest';
import { behind, startNode } from './world.js';

type Node = Awaited<ReturnType<typeof startNode>>;

let node: Node;
afterEach(() => stopAndCheck(node.kernel));

const start = async (auth: Readonly<Record<string, unknown>>) => {
  node = await startNode({ database: 'sqlite::memory:', auth });
};

const add = async (object: string, data: RecordData) =>
  (await node.engine.insert(object, data, behind))['id'] as string;

const person = (name: string) => add('user', { name, email: `${name}@example.com`, image: 'x' });

function as(id: string, tenantId: string | null = null, roles: string[] = []): ExecutionContext {
  const principal = {
    kind: 'user',
    id,
    tenantId,
    roles,
    fingerprint: `${id} ${tenantId}`,
  } as const;
  return { principal, requestId: 'test' };
}

const seen = async (ctx: ExecutionContext) =>
  (await node.engine.find('user', {}, ctx)).records.map(({ name }) => name).sort();

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code,
  );

it('shows people who are in no organization to each other, and no more than a name and a picture', async () => {
  await start({ signUp: 'closed' });
  const [ann, bob, cid] = [await person('ann'), await person('bob'), await person('cid')];
  expect(await seen(as(ann))).toEqual(['ann', 'bob', 'cid']);
  const shown = await node.engine.get('user', bob, as(ann));
  expect(Object.keys(shown)).toEqual(expect.arrayContaining(['id', 'name', 'image']));
  for (const hidden of ['email', 'role', 'banned', 'two_factor_enabled'])
    expect(shown).not.toHaveProperty(hidden);

  const organization = await add('organization', { name: 'Acme', slug: 'acme' });
  const membership = await add('member', { organization, user_id: cid, role: 'owner' });
  expect(await seen(as(ann))).toEqual(['ann', 'bob']);
  expect(await seen(as(cid, organization))).toEqual(['cid']);
  // Who administrates the installation sees everybody, outside of organizations only.
  expect(await seen(as(ann, null, ['admin']))).toEqual(['ann', 'bob', 'cid']);
  expect(await seen(as(ann, organization, ['admin']))).toEqual(['cid']);

  await node.engine.delete('member', membership, behind);
  expect(await seen(as(ann))).toEqual(['ann', 'bob', 'cid']);
});

it('shows nobody, where people shall not see each other, and still knows who is a member', async () => {
  await start({ colleagues: 'hidden' });
  const [ann, bob, eve] = [await person('ann'), await person('bob'), await person('eve')];
  const organization = await add('organization', { name: 'Acme', slug: 'acme' });
  for (const user_id of [ann, bob]) await add('member', { organization, user_id, role: 'member' });
  const asAnn = as(ann, organization, ['rep']);
  expect(await codeOf(seen(asAnn))).toBe('permission_denied');
  expect(await codeOf(node.engine.find('account', { expand: { owner_id: {} } }, asAnn))).toBe(
    'unknown_field',
  );
  const set = { objects: { account: { allowCreate: true, allowRead: true, allowTransfer: true } } };
  const given = { name: 'giver', definition: { ...set, assignedTo: [{ type: 'everyone' }] } };
  await add('permission_set', given);
  const give = (owner_id: string) =>
    codeOf(node.engine.insert('account', { name: 'Acme', owner_id }, asAnn));
  expect([await give(bob), await give(eve)]).toEqual(['done', 'invalid_reference']);
});
