import {
  ACCESS_OPERATIONS,
  type AccessOperation,
  type Route,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DecisionLog } from './decisions/log.js';
import type { ExplainService } from './explain/service.js';
import { holdsSystem } from './grants/narrow.js';
import type { PolicyStore } from './policy-store.js';

/** What the routes need. */
export interface RouteScope {
  readonly store: PolicyStore;
  readonly log: DecisionLog;
  readonly explain: ExplainService;
}

const PERMISSION = 'explain_access';
const LISTED = 100;

/** Explanations over HTTP, for holders of `explain_access`. Each answers about one's own tenant. */
export function permissionRoutes(scope: RouteScope): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/permissions/explain',
      access: 'authenticated',
      async handler(request, ctx) {
        await requireExplain(scope, ctx);
        const asked = readQuestion(new URL(request.url).searchParams, ctx);
        return Response.json({ success: true, data: await scope.explain(asked) });
      },
    },
    {
      method: 'GET',
      path: '/api/permissions/decisions',
      access: 'authenticated',
      async handler(_request, ctx) {
        await requireExplain(scope, ctx);
        const data = scope.log.newest(ctx.principal.tenantId, LISTED);
        return Response.json({ success: true, data });
      },
    },
    {
      method: 'GET',
      path: '/api/permissions/decisions/:id',
      access: 'authenticated',
      async handler(_request, ctx) {
        await requireExplain(scope, ctx);
        const id = ctx.params['id'] ?? '';
        const decision = scope.log.find(id, ctx.principal.tenantId);
        if (decision === undefined)
          throw createError('decision_not_found', { id: id.slice(0, 64) });
        const now = await scope.explain({
          userId: decision.userId,
          tenantId: decision.tenantId,
          object: decision.object,
          operation: decision.operation as AccessOperation,
          recordId: decision.recordId,
          roles: decision.signInRoles,
        });
        return Response.json({ success: true, data: { ...decision, now } });
      },
    },
  ];
}

/** @throws `permission_denied` */
async function requireExplain({ store }: RouteScope, { principal }: RouteContext): Promise<void> {
  if (principal.kind === 'system') return;
  await store.prepare(principal);
  const grants = store.entryOf(principal)?.grants;
  if (grants !== undefined && holdsSystem(principal, grants, PERMISSION)) return;
  throw createError('permission_denied', {
    object: 'permissions',
    operation: 'explain',
    reason: `it needs the system permission ${PERMISSION}`,
  });
}

function readQuestion(query: URLSearchParams, { principal }: RouteContext) {
  const known = new Set(['object', 'id', 'user', 'operation']);
  const unknown = [...query.keys()].find((name) => !known.has(name));
  if (unknown !== undefined)
    throw createError('unknown_parameter', { parameter: unknown.slice(0, 64) });
  const operation = query.get('operation') ?? 'read';
  if (!isOperation(operation)) {
    const reason = `it is one of ${ACCESS_OPERATIONS.join(', ')}`;
    throw createError('invalid_parameter', { parameter: 'operation', reason });
  }
  return {
    userId: required(query, 'user'),
    tenantId: principal.tenantId,
    object: required(query, 'object'),
    operation,
    recordId: query.get('id'),
  };
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value !== null && value !== '' && value.length <= 128) return value;
  throw createError('invalid_parameter', { parameter: name, reason: 'it is needed' });
}

function isOperation(text: string): text is AccessOperation {
  return (ACCESS_OPERATIONS as readonly string[]).includes(text);
}
