import {
  accessPolicyService,
  auditService,
  dataEngineService,
  definePlugin,
  routesPoint,
  type AccessDecision,
  type ExecutionContext,
  type Principal,
  type Route,
} from '@objectos/spec/contracts';
import { createTestKernel, emptyPostgres, findPostgres } from '@objectos/testing';
import { databaseService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { onTestFinished } from 'vitest';
import { auditPlugin } from '../src/index.js';

const ACCOUNT = `
name: account
label: Account
fields:
  name: { type: text, required: true }
  industry: { type: text }
  revenue: { type: number }
  pin: { type: text }
`;

const ORGANIZATION = 'name: organization\nfields: { name: { type: text } }\n';

/** Somebody of an organization. */
export function user(id: string, tenantId = 'acme'): ExecutionContext {
  const principal: Principal = { kind: 'user', id, tenantId, roles: [], fingerprint: id };
  return {
    principal,
    requestId: `request of ${id}`,
    origin: { surface: 'http', ip: '192.0.2.7', userAgent: 'test' },
  };
}

/** Boots the engine with the audit log. Eve sees no revenue and changes nothing; Bob views the log. */
export async function boot(url = ':memory:', config: object = {}, tenantSchemas = false) {
  const routes: Route[] = [];
  const host = definePlugin({
    manifest: { id: 'host', version: '1.0.0' },
    provides: [accessPolicyService],
    setup(ctx) {
      ctx.provide(accessPolicyService, {
        decide: (principal, _object, operation): AccessDecision => {
          if (principal.id !== 'eve') return { allowed: true };
          if (operation !== 'read') return { allowed: false, reason: 'eve only reads' };
          return { allowed: true, readable: new Set(['name', 'industry']) };
        },
        permits: (principal, permission) => principal.id === 'bob' && permission === 'view_audit',
      });
      ctx.consume(routesPoint, (all) => {
        routes.splice(0, routes.length, ...all.map(({ value }) => value));
      });
    },
  });
  const engine = objectqlPlugin({
    driver: new SqlDriver({ url, tenantSchemas }),
    applicationFiles: async () => [
      { file: 'account.object.yml', text: ACCOUNT },
      ...(tenantSchemas ? [{ file: 'organization.object.yml', text: ORGANIZATION }] : []),
    ],
  });
  const kernel = await createTestKernel({
    plugins: [engine, host, auditPlugin],
    config: { '@objectos/audit': { mask: ['account.pin'], ...config } },
  });
  return {
    kernel,
    routes,
    engine: kernel.service(dataEngineService),
    audit: kernel.service(auditService),
    database: kernel.service(databaseService),
  };
}

/** Databases to test on: SQLite always, PostgreSQL where one answers. */
export const server = await findPostgres();

/** An empty PostgreSQL database of one test. */
export async function postgresUrl(): Promise<string> {
  const place = await emptyPostgres(server ?? '');
  onTestFinished(() => place.drop());
  return place.url;
}
