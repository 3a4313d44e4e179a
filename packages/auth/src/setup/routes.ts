import type { Route, RouteContext } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { BetterAuth } from '../better-auth/create.js';
import { readForm, readJson } from '../http/body.js';
import type { Guard } from '../http/guard.js';
import type { FirstAdministrator } from './first-administrator.js';
import { closedPage, donePage, formPage } from './page.js';

/** What the set-up routes need. */
export interface SetupParts {
  readonly first: FirstAdministrator;
  readonly guard: Guard;
  readonly betterAuth: (origin: string) => Promise<BetterAuth>;
}

/** `GET /setup` shows a form, `POST /setup` takes it, or the same as JSON. */
export function setupRoutes(parts: SetupParts): readonly Route[] {
  const show: Route['handler'] = (request) => {
    const token = new URL(request.url).searchParams.get('token') ?? '';
    return parts.first.knows(token) ? formPage({ token }) : closedPage();
  };
  return [
    { method: 'GET', path: '/setup', access: 'public', handler: show },
    {
      method: 'POST',
      path: '/setup',
      access: 'public',
      handler: (request, ctx) => take(parts, request, ctx),
    },
  ];
}

async function take(parts: SetupParts, request: Request, ctx: RouteContext): Promise<Response> {
  const admitted = await parts.guard.admit('/setup', {}, ctx);
  const isForm =
    request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
  const input = isForm ? readForm(await request.text()) : await readJson(request);
  try {
    const auth = await parts.betterAuth(new URL(request.url).origin);
    const { email } = await parts.first.create(input, ctx, auth);
    await admitted.settle('right');
    return isForm
      ? donePage(email)
      : Response.json({ success: true, data: { email } }, { status: 201 });
  } catch (error) {
    const known = isObjectOSError(error) ? error : undefined;
    await admitted.settle(known?.code === 'setup_closed' ? 'wrong' : 'neither');
    if (!isForm || known === undefined) throw error;
    return known.code === 'setup_closed'
      ? closedPage()
      : again(input, `${known.message} ${known.hint}`);
  }
}

function again(input: Readonly<Record<string, unknown>>, problem: string): Response {
  const text = (name: string) => (typeof input[name] === 'string' ? input[name] : '');
  return formPage({ token: text('token'), name: text('name'), email: text('email'), problem }, 400);
}
