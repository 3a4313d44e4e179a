import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behind, startAuthServer, type AuthServer } from './support/server.js';

type User = Awaited<ReturnType<AuthServer['user']>>;

let server: AuthServer;
let owner: User;
let organizationId: string;
beforeAll(async () => {
  server = await startAuthServer({ stopAfterTest: false });
  owner = await server.user({ role: 'admin' });
  const made = await owner.post('/api/auth/organization/create', { name: 'Acme', slug: 'acme' });
  organizationId = made.body.id as string;
});
afterAll(() => stopAndCheck(server.kernel));

async function verified() {
  const user = await server.user();
  await server.engine.update('user', user.id, { email_verified: true }, behind);
  return user;
}

async function invite(email: string, role = 'member') {
  const answer = await owner.post('/api/auth/organization/invite-member', {
    email,
    role,
    organizationId,
  });
  expect(answer.status).toBe(200);
  return answer.body.id as string;
}

const accept = (user: User, invitationId: string) =>
  user.post('/api/auth/organization/accept-invitation', { invitationId });

const who = async (user: User) =>
  (await user.get('/api/who-am-i')).body.principal as Record<string, unknown>;

describe('an organization', () => {
  it('is where its founder works, as its owner', async () => {
    expect(await who(owner)).toMatchObject({
      tenantId: organizationId,
      roles: expect.arrayContaining(['organization:owner']),
    });
  });

  it('takes in whom it invited, and shows who it is by mail', async () => {
    const user = await verified();
    const invitation = await invite(user.email);
    await expect.poll(() => server.mails.at(-1)?.to).toBe(user.email);
    expect(server.mails.at(-1)?.text).toContain('Acme');
    expect((await accept(user, invitation)).status).toBe(200);
    expect((await who(user)).tenantId).toBe(organizationId);
  });

  it('does not take in somebody else by that invitation', async () => {
    const [invited, other] = [await verified(), await verified()];
    const invitation = await invite(invited.email);
    const answer = await accept(other, invitation);
    expect([answer.status, answer.body.code]).toEqual([403, 'auth_forbidden']);
    expect((await who(other)).tenantId).toBeNull();
  });

  it('is not entered by whom it has not, who stay where they are', async () => {
    const founder = await server.user({ role: 'admin' });
    const made = { name: 'Other', slug: 'other' };
    const other = (await founder.post('/api/auth/organization/create', made)).body.id as string;
    for (const body of [
      { organizationId: other },
      { organizationSlug: 'other' },
      { organizationId: 'nowhere' },
      { organizationSlug: 'nowhere' },
    ]) {
      const answer = await owner.post('/api/auth/organization/set-active', body);
      expect([body, answer.status, answer.body.code]).toEqual([body, 403, 'auth_forbidden']);
      expect((await who(owner)).tenantId).toBe(organizationId);
    }
    const back = { organizationSlug: 'acme' };
    expect((await owner.post('/api/auth/organization/set-active', back)).status).toBe(200);
  });

  it('is run by its owner, not by its members', async () => {
    const [member, other] = [await verified(), await verified()];
    await accept(member, await invite(member.email));
    const asked = await Promise.all([
      member.post('/api/auth/organization/invite-member', {
        email: other.email,
        role: 'owner',
        organizationId,
      }),
      member.post('/api/auth/organization/update', { organizationId, data: { name: 'Mine' } }),
      member.post('/api/auth/organization/delete', { organizationId }),
      member.post('/api/auth/organization/create-team', { name: 'Mine', organizationId }),
      member.post('/api/auth/organization/remove-member', {
        memberIdOrEmail: owner.email,
        organizationId,
      }),
    ]);
    // The only owner cannot be removed, whoever asks.
    expect(asked.map((one) => one.status)).toEqual([403, 403, 403, 403, 400]);
    expect((await who(owner)).tenantId).toBe(organizationId);
    const foreign = await other.post('/api/auth/organization/set-active', { organizationId });
    expect(foreign.status).toBe(403);
    const listed = await other.get(
      `/api/auth/organization/list-members?organizationId=${organizationId}`,
    );
    expect(listed.status).toBe(403);
  });

  it('is left at once by whom it removes', async () => {
    const member = await verified();
    await accept(member, await invite(member.email));
    expect((await who(member)).tenantId).toBe(organizationId);
    const body = { memberIdOrEmail: member.email, organizationId };
    expect((await owner.post('/api/auth/organization/remove-member', body)).status).toBe(200);
    expect((await who(member)).tenantId).toBeNull();
  });
});
