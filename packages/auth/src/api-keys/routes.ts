import type { DataEngine, Route, RouteContext } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { hashToken } from '../adapter/sealed.js';
import { readJson } from '../http/body.js';
import { signedIn } from '../http/sessions.js';
import { lookUpContext } from '../principal/load.js';
import { keyRecord, makeKey, newKeySchema, shownKey } from './key.js';

const MAX_KEYS = 100;

/** Makes, lists and ends one's own API keys. A key cannot make keys: all of them need a session. */
export function apiKeyEndpoints(engine: DataEngine): Readonly<Record<string, Route['handler']>> {
  const ofUser = async (userId: string) => {
    const where = { op: 'eq', field: 'user_id', value: userId } as const;
    return (await engine.find('api_key', { where, limit: MAX_KEYS + 1 }, lookUpContext())).records;
  };
  const write = ({ requestId, origin }: RouteContext) => ({
    ...lookUpContext(),
    requestId,
    origin,
  });
  return {
    'GET /api-keys': async (_request, ctx) =>
      Response.json({ success: true, data: (await ofUser(signedIn(ctx).id)).map(shownKey) }),
    'POST /api-keys': async (request, ctx) => {
      const user = signedIn(ctx);
      if (user.impersonatedBy !== undefined) {
        throw createError('auth_forbidden', { reason: 'nobody makes keys for somebody else.' });
      }
      const input = newKeySchema.safeParse(await readJson(request));
      if (!input.success) throw createError('auth_invalid', { reason: `${issueOf(input.error)}.` });
      if ((await ofUser(user.id)).length >= MAX_KEYS) {
        throw createError('auth_invalid', { reason: `nobody has more than ${MAX_KEYS} keys.` });
      }
      const { key, start } = makeKey();
      const record = {
        ...keyRecord(input.data, Date.now()),
        start,
        key: hashToken(key),
        user_id: user.id,
        organization: user.tenantId,
      };
      const made = await engine.insert('api_key', record, write(ctx));
      return Response.json({ success: true, data: { ...shownKey(made), key } }, { status: 201 });
    },
    'DELETE /api-keys/:id': async (_request, ctx) => {
      const user = signedIn(ctx);
      const { id = '' } = ctx.params;
      const isOwn = (await ofUser(user.id)).some((one) => one['id'] === id);
      if (!isOwn) throw createError('auth_not_found', { reason: 'There is no such key.' });
      await engine.delete('api_key', id, write(ctx)).catch((error: unknown) => {
        if (!isObjectOSError(error, 'record_not_found')) throw error;
      });
      return Response.json({ success: true, data: { id, deleted: true } });
    },
  };
}

function issueOf({
  issues: [issue],
}: {
  readonly issues: readonly { path: PropertyKey[]; message: string }[];
}): string {
  return issue === undefined ? 'invalid' : `${issue.path.join('.')}: ${issue.message}`;
}
