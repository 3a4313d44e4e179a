import type { ExecutionContext, Principal } from '@objectos/spec/contracts';
import type { DriverSession } from '../driver/contract.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import { tenantSchemas } from '../tenants/schemas.js';
import { isEverywhere } from './membership.js';
import { maintainRollUps } from './computed/roll-ups.js';
import type { EngineParts } from './parts.js';
import { run, type Steps } from './steps.js';
import type { WriteScope } from './write-scope.js';

/** The principal, in an organization or (`null`) in none. */
function placed(principal: Principal, organization: string | null): Principal {
  if (principal.kind === 'user') return { ...principal, tenantId: organization };
  const { id } = principal;
  return organization === null
    ? { kind: 'system', id, tenantId: null, installation: true }
    : { kind: 'system', id, tenantId: organization };
}

function* placesOf(session: DriverSession): Steps<(string | null)[]> {
  const organizations = yield* tenantSchemas(session);
  return [null, ...organizations.map(({ id }) => id)];
}

/**
 * What a record of the installation drags along lies in the schema of every organization, where they
 * have schemas: `work` runs once in each of them, and once without.
 */
export function* inEachPlace(
  scope: WriteScope,
  meta: ObjectMeta,
  dependant: ObjectMeta,
  work: (scope: WriteScope) => Steps<void>,
): Steps<void> {
  const { session, changes } = scope.transaction;
  const { tenants } = session;
  const isSplit = meta.table.tenant !== true && dependant.table.tenant === true;
  if (tenants === undefined || !isSplit) return yield* work(scope);
  for (const place of yield* placesOf(session)) {
    const told = changes.length;
    const there: WriteScope = {
      ...scope,
      ctx: { ...scope.ctx, principal: placed(scope.ctx.principal, place) },
      transaction: { ...scope.transaction, session: tenants.of(place) },
    };
    yield* work(there);
    yield* maintainRollUps(there, told);
  }
}

/**
 * The contexts in which work that goes through all records has to be done one after another: the given
 * one, or where organizations have schemas one for each of them and one for what belongs to none.
 */
export async function everyPlace(
  { options }: EngineParts,
  ctx: ExecutionContext,
): Promise<ExecutionContext[]> {
  const { driver } = options;
  if (driver.tenant === undefined || !isEverywhere(ctx.principal)) return [ctx];
  const places = await run(placesOf(driver.reader));
  return places.map((place) => ({ ...ctx, principal: placed(ctx.principal, place) }));
}

/** True where the records of an object are looked at in another context of {@link everyPlace}. */
export function isElsewhere(
  { options }: EngineParts,
  { principal }: ExecutionContext,
  { table }: ObjectMeta,
): boolean {
  return (
    options.driver.tenant !== undefined && principal.tenantId !== null && table.tenant !== true
  );
}
