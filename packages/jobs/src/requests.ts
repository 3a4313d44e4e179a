import {
  accessPolicyService,
  type PluginContext,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { z } from 'zod';

/** Lets through who has a system permission. @throws `permission_denied` */
export async function requirePermission(
  ctx: PluginContext,
  { principal }: RouteContext,
  { object, permission }: { readonly object: string; readonly permission: string },
): Promise<void> {
  if (principal.kind === 'system') return;
  const policy = ctx.service(accessPolicyService);
  await policy?.prepare?.(principal);
  if (policy?.permits?.(principal, permission) === true) return;
  throw denied(object, `it needs the system permission "${permission}"`);
}

/** The refusal of something that one must be allowed to manage. */
export function denied(object: string, reason: string) {
  return createError('permission_denied', { object, operation: 'manage', reason });
}

/** Reads the query of a request. @throws `invalid_parameter` */
export function readQuery<T>(request: Request, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const parameter = String(issue?.path[0] ?? (issue as { keys?: string[] }).keys?.[0] ?? 'query');
  throw createError('invalid_parameter', { parameter, reason: issue?.message ?? 'not valid' });
}

/** Reads the JSON body of a request; none is an empty object. @throws `body_invalid` */
export async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const text = await request.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw createError('body_invalid', { reason: 'it is not JSON' }, { cause });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw createError('body_invalid', { reason: parsed.error.issues[0]?.message ?? 'not valid' });
}
