import { SqlDriver } from '@objectql/driver-sql';
import {
  systemContext,
  type AccessPolicy,
  type ExecutionContext,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { testDatabaseUrl } from '@objectos/testing';
import { onTestFinished } from 'vitest';
import type { Driver } from '../../src/driver/contract.js';
import { createObjectQL, type ObjectQL, type ObjectQLOptions } from '../../src/index.js';

/** The system, as tests use it. */
export const system: ExecutionContext = systemContext('test');

/** A user of an organization. */
export function user(overrides: Partial<UserPrincipal> = {}): ExecutionContext {
  const principal: UserPrincipal = {
    kind: 'user',
    id: 'u1',
    tenantId: 'org-a',
    roles: [],
    fingerprint: 'f1',
    ...overrides,
  };
  return { principal, requestId: 'test' };
}

/** Objects that most engine tests use: accounts, contacts with a lookup, invoices with lines. */
export const OBJECTS: Readonly<Record<string, string>> = {
  account: `
label: Account
fields:
  name: { type: text, required: true, maxLength: 40 }
  code: { type: text, unique: true }
  revenue: { type: currency, min: 0 }
  status:
    type: select
    options: [{ value: new }, { value: active, default: true }, { value: lost }]
  parent: { type: lookup, reference: account, deleteBehavior: set_null }
validations:
  - { name: lost_has_no_revenue, type: script, condition: 'status = "lost" AND revenue > 0', message: A lost account has no revenue. }
  - { name: status_order, type: state_machine, field: status, transitions: { new: [active], active: [lost], lost: [] } }
`,
  contact: `
label: Contact
fields:
  name: { type: text, required: true }
  email: { type: email }
  account: { type: lookup, reference: account, deleteBehavior: set_null }
  accounts: { type: lookup, reference: account, multiple: true }
  secret_note: { type: text }
  tags: { type: tags }
  active: { type: boolean, defaultValue: true }
  born: { type: date }
  seen: { type: datetime }
`,
  invoice: `
label: Invoice
fields:
  name: { type: text, required: true }
  account: { type: lookup, reference: account, deleteBehavior: restrict }
`,
  line: `
label: Line
fields:
  name: { type: text }
  invoice: { type: master_detail, reference: invoice }
  amount: { type: number }
`,
  log: `
label: Log
enable: { trash: false }
fields:
  name: { type: text }
`,
};

/** An engine over a fresh database with {@link OBJECTS} (or others) loaded. */
export async function openEngine(
  options: {
    access?: AccessPolicy | undefined;
    objects?: Readonly<Record<string, string>>;
    url?: string | undefined;
  } & Partial<Omit<ObjectQLOptions, 'access'>> = {},
): Promise<ObjectQL & { readonly driver: Driver }> {
  const { access, objects = OBJECTS, url, ...rest } = options;
  const driver = await driverOf(url);
  const objectql = createObjectQL({
    driver,
    ...(access === undefined ? {} : { access: () => access }),
    ...rest,
  });
  closeAfterTest(objectql);
  await objectql.loadSources(
    Object.entries(objects).map(([name, text]) => ({ file: `objects/${name}.object.yml`, text })),
  );
  return Object.assign(objectql, { driver });
}

/** Connections would outlive the file, whose process goes on with the next one. */
function closeAfterTest(engine: ObjectQL): void {
  try {
    onTestFinished(() => engine.close());
  } catch {
    // Outside a test the file closes it.
  }
}

/** A driver over an empty database of the kind that the running project is for. */
async function emptyDatabase(): Promise<Driver> {
  if (process.env['TEST_DATABASE'] !== 'mongo')
    return new SqlDriver({ url: await testDatabaseUrl() });
  const { emptyMongo } = await import('../../../driver-mongo/test/databases.js');
  return emptyMongo();
}

/** The driver of a URL; of an empty database where there is none. */
export async function driverOf(url?: string): Promise<Driver> {
  if (url === undefined) return emptyDatabase();
  if (!url.startsWith('mongodb:')) return new SqlDriver({ url });
  const { MongoDriver } = await import('@objectql/driver-mongo');
  return new MongoDriver({ url });
}
