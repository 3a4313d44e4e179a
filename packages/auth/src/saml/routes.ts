import type { Logger, Route, RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { randomBytes } from 'node:crypto';
import type { AdmissionRules } from '../federation/config.js';
import { groupKey } from '../federation/grants.js';
import type { Identity } from '../federation/identity.js';
import { readForm } from '../http/body.js';
import type { Guard, Outcome } from '../http/guard.js';
import type { Told } from '../http/handler.js';
import type { Assertion } from './assertion.js';
import { ACS_ROUTE, acsPath, finishPath, localPath, metadataPath } from './paths.js';
import type { SamlProviders } from './providers.js';
import { SamlRefusal } from './refusal.js';
import type { Relation } from './service-provider.js';
import type { Answered, Tickets } from './tickets.js';
import { withError } from './with-error.js';

/** From the answer to the end of the sign-in; a browser needs no more than a moment. */
const SECONDS = 120;

/** What the routes need. */
export interface SamlRouteParts {
  readonly providers: SamlProviders;
  readonly tickets: Tickets;
  readonly guard: Guard;
  readonly logger: Logger;
  readonly tell: (told: Told) => void;
}

/** Where providers post their answers, and where they read who we are. */
export function samlRoutes(parts: SamlRouteParts): readonly Route[] {
  if (parts.providers.size === 0) return [];
  const relationOf = (request: Request, { params }: RouteContext): Relation =>
    parts.providers.relation(params['id'] ?? '', new URL(request.url).origin);
  return [
    {
      method: 'GET',
      path: metadataPath(':id'),
      access: 'public',
      handler: async (request, ctx) => {
        const { metadataOf } = await import('./service-provider.js');
        const headers = { 'content-type': 'application/samlmetadata+xml; charset=utf-8' };
        return new Response(metadataOf(relationOf(request, ctx)), { headers });
      },
    },
    {
      method: 'POST',
      path: acsPath(':id'),
      access: 'public',
      handler: (request, ctx) =>
        answer(parts, { request, ctx, relation: relationOf(request, ctx) }),
    },
  ];
}

interface Call {
  readonly request: Request;
  readonly ctx: RouteContext;
  readonly relation: Relation;
}

async function answer(parts: SamlRouteParts, { request, ctx, relation }: Call): Promise<Response> {
  const admitted = await parts.guard.admit(ACS_ROUTE, {}, ctx);
  let outcome: Outcome = 'neither';
  try {
    const { SAMLResponse: field = '', RelayState: relay = '' } = readForm(await request.text());
    // Asked for first: a good answer uses the request up.
    const target = await targetOfFailure(parts.tickets, relation, field);
    const result = await accept(parts, relation, { field, relay });
    outcome = typeof result === 'string' ? 'right' : 'wrong';
    if (typeof result === 'string') return goOn(result);
    parts.tell({
      endpoint: ACS_ROUTE,
      context: ctx,
      body: {},
      signedIn: undefined,
      code: 'saml_response_refused',
    });
    return refused(parts, relation, { target, result });
  } finally {
    await admitted.settle(outcome);
  }
}

/** The address where the sign-in goes on, or why it does not. */
async function accept(
  parts: SamlRouteParts,
  relation: Relation,
  { field, relay }: { readonly field: string; readonly relay: string },
): Promise<string | SamlRefusal> {
  const { readAnswer, identityOf } = await import('./service-provider.js');
  try {
    const now = Date.now();
    const assertion = await readAnswer(relation, field, now);
    const begun = await requested(parts.tickets, relation, { assertion, relay });
    const until = assertion.until + relation.config.skewSeconds * 1000;
    if (!(await parts.tickets.use(`${relation.provider} ${assertion.id}`, until))) {
      throw new SamlRefusal('it was used before');
    }
    const found = identityOf(relation, assertion);
    if ('missing' in found) throw new SamlRefusal(`it has no ${found.missing}`);
    const code = randomBytes(32).toString('base64url');
    const identity = { ...found, groups: mapped(found, relation.config) };
    await parts.tickets.put('answered', code, { ...begun, identity }, SECONDS);
    return finishPath(code);
  } catch (error) {
    if (error instanceof SamlRefusal) return error;
    throw error;
  }
}

/** The request that was answered, used up; or none, where nobody needs to have asked. */
async function requested(
  tickets: Tickets,
  { provider, config }: Relation,
  { assertion, relay }: { readonly assertion: Assertion; readonly relay: string },
): Promise<Omit<Answered, 'identity'>> {
  const { inResponseTo } = assertion;
  if (inResponseTo === undefined) {
    if (!config.idpInitiated) throw new SamlRefusal('nobody asked for it');
    return { provider, callbackURL: localPath(relay) };
  }
  const begun = await tickets.take('begun', inResponseTo);
  if (begun?.provider !== provider) throw new SamlRefusal('nobody waits for it');
  return begun;
}

/** People may be in thousands of groups; what waits holds those that mean something here. */
function mapped({ groups }: Identity, { grants }: Pick<AdmissionRules, 'grants'>): string[] {
  const names = new Set(Object.keys(grants).map(groupKey));
  return groups.filter((group) => names.has(groupKey(group)));
}

/** Where the client wants to be told of a failure, by the request that an answer claims to be for. */
async function targetOfFailure(
  tickets: Tickets,
  { provider }: Relation,
  field: string,
): Promise<string | undefined> {
  const { claimedRequest } = await import('./service-provider.js');
  const request = claimedRequest(field);
  const begun = request === undefined ? undefined : await tickets.read('begun', request);
  return begun?.provider === provider ? begun.errorCallbackURL : undefined;
}

function refused(
  { logger }: SamlRouteParts,
  { provider, origin }: Relation,
  { target, result }: { readonly target: string | undefined; readonly result: SamlRefusal },
): Response {
  const { message: reason, cause } = result;
  logger.warn({ provider, reason, cause }, 'an answer of a SAML provider was refused');
  const error = createError('saml_response_refused', { provider, reason }, { cause: result });
  if (target === undefined) throw error;
  return goOn(withError(target, error.code, origin));
}

/** The method changes to GET, with which browsers send cookies along again. */
function goOn(location: string): Response {
  return new Response(null, { status: 303, headers: { location } });
}
