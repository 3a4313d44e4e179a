import {
  auditService,
  dataEngineService,
  QUOTAS,
  quotaService,
  systemContext,
  type QuotaName,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import {
  ARCHIVE_FORMAT,
  migrationService,
  tenantDataService,
  type ArchivedRow,
  type ArchiveHead,
  type RowCounts,
  type TenantData,
} from '@objectql/core/plugin';
import type { Command } from 'commander';
import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { withApplication, type HeadlessApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/** Flags of `objectos tenant …`. */
export interface TenantFlags extends CommandOptions {
  readonly out?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly undo?: boolean | undefined;
}

type Execute = (
  run: (folder: string, options: CommandOptions, io: Io) => Promise<number>,
) => (folder: string, options: CommandOptions) => Promise<void>;

type Work = (
  subject: string,
  application: HeadlessApplication & { readonly tenants: TenantData },
  flags: TenantFlags,
) => Promise<RowCounts | string>;

const headSchema = z.strictObject({
  format: z.literal(ARCHIVE_FORMAT),
  organization: z.string().min(1).max(64),
  tables: z.record(z.string(), z.int().min(0)),
});
const rowSchema = z.strictObject({ table: z.string(), row: z.record(z.string(), z.unknown()) });

/** Adds `tenant export|import|clone|suspend|resume|quota|isolate|erase` to the program. */
export function addTenantCommands(
  program: Command,
  execute: Execute,
  withOptions: (command: Command) => Command,
): void {
  const tenant = program.command('tenant').description('look after organizations');
  const add = (name: string, description: string, work: Work) =>
    withOptions(tenant.command(`${name} [folder]`))
      .description(description)
      .action((subject: string, folder: string | undefined, flags: TenantFlags) =>
        execute((at, _, io) => runOn(at, { subject, flags, work }, io))(folder ?? '.', flags),
      );
  add(
    'export <organization>',
    'write everything of an organization to a file',
    exportTenant,
  ).option('-o, --out <file>', 'file to write; otherwise <organization>.tenant.jsonl');
  add('import <file>', 'read an organization from such a file', importTenant);
  add('clone <organization>', 'copy its records into a new organization', cloneTenant)
    .requiredOption('--id <id>', 'id of the new organization')
    .requiredOption('--name <name>', 'its name; in small letters also its short name');
  add('suspend <organization>', 'refuse its people from now on', (id, application) =>
    setSuspended(application, id, new Date().toISOString()),
  );
  add('resume <organization>', 'let its people in again', (id, application) =>
    setSuspended(application, id, null),
  );
  add('quota <organization>', 'show what it uses of its quotas, or set them', tenantQuota).option(
    '--set <quota=limit...>',
    `of ${QUOTAS.join(', ')}: a number, "unlimited", or "default"`,
  );
  withOptions(tenant.command('isolate [folder]'))
    .description('give every organization a schema of its own, and move its records there')
    .option('--undo', 'back into common tables')
    .action((folder: string | undefined, flags: TenantFlags) =>
      execute((at, _, io) => isolate(at, flags, io))(folder ?? '.', flags),
    );
  add('erase <organization>', 'remove everything of an organization for good', eraseTenant).option(
    '--yes',
    'it is meant',
  );
}

/** `objectos tenant isolate`: nothing may run meanwhile, so no plugin is started. */
async function isolate(folder: string, flags: TenantFlags, io: Io): Promise<number> {
  const { undo = false } = flags;
  const moved = await withApplication(
    folder,
    flags,
    io,
    ({ kernel }) => kernel.service(migrationService).isolate({ undo }),
    { start: false },
  );
  write(io, flags, moved);
  return 0;
}

function write(io: Io, { json }: TenantFlags, result: RowCounts | string): void {
  if (json === true) io.stdout.write(`${JSON.stringify({ result })}\n`);
  else if (typeof result === 'string') io.stdout.write(`${result}\n`);
  else {
    for (const [name, rows] of Object.entries(result)) io.stdout.write(`${name}: ${rows}\n`);
  }
}

async function runOn(
  folder: string,
  { subject, flags, work }: { subject: string; flags: TenantFlags; work: Work },
  io: Io,
): Promise<number> {
  const result = await withApplication(folder, flags, io, (application) =>
    work(
      subject,
      { ...application, tenants: application.kernel.service(tenantDataService) },
      flags,
    ),
  );
  write(io, flags, result);
  return 0;
}

/**
 * What operators do to an organization is in the log of the platform, and in its own: its auditors
 * see who took its data out. Without an audit log there is none to write to.
 */
async function told(
  { kernel }: HeadlessApplication,
  verb: 'exported' | 'imported' | 'cloned' | 'suspended' | 'resumed' | 'erased',
  detail: { readonly organization: string; readonly [name: string]: string | number },
): Promise<void> {
  const audit = kernel.findService(auditService);
  if (audit === undefined) return;
  const event = { kind: `tenant.${verb}`, detail };
  await audit.record(event, systemContext('cli'));
  // Of an organization that is gone, only the platform keeps an account.
  if (verb === 'erased') return;
  await audit.record(event, systemContext('cli', { tenantId: detail.organization }));
}

const exportTenant: Work = async (organization, application, { out }) => {
  const { tenants } = application;
  const head = await tenants.exportHead(organization);
  // Before anything is written: what left the installation is told even when the rest fails.
  const rows = Object.values(head.tables).reduce((sum, count) => sum + count, 0);
  await told(application, 'exported', { organization, rows });
  const lines = async function* () {
    yield `${JSON.stringify(head)}\n`;
    for await (const row of tenants.exportRows(organization)) yield `${JSON.stringify(row)}\n`;
  };
  const file = path.resolve(out ?? `${organization}.tenant.jsonl`);
  await pipeline(Readable.from(lines()), createWriteStream(file, { mode: 0o600, flags: 'wx' }));
  return head.tables;
};

const importTenant: Work = async (file, application) => {
  const lines = createInterface({ input: createReadStream(path.resolve(file)) });
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  const head = parse<ArchiveHead>(headSchema, first.done === true ? '' : first.value);
  const rows = async function* (): AsyncGenerator<ArchivedRow> {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      yield parse<ArchivedRow>(rowSchema, next.value);
    }
  };
  const made = await application.tenants.import(head, rows());
  await told(application, 'imported', { organization: head.organization });
  return made;
};

const cloneTenant: Work = async (organization, application, { id = '', name = '' }) => {
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const made = await application.tenants.clone(organization, { id, name, slug });
  await told(application, 'cloned', { organization, into: id });
  return made;
};

const eraseTenant: Work = async (organization, application, { yes }) => {
  const { tenants } = application;
  if (yes !== true) {
    const reason = 'erasing cannot be undone; export first, then say --yes';
    throw createError('config_invalid', { source: 'the command line', reason });
  }
  const gone = await tenants.erase(organization);
  await told(application, 'erased', { organization });
  const left = await tenants.remains(organization);
  const [table] = Object.keys(left);
  if (table !== undefined) throw createError('tenant_not_erased', { organization, table });
  return gone;
};

const tenantQuota: Work = async (organization, { kernel }, { set = [] }) => {
  const quotas = kernel.service(quotaService);
  const ctx = systemContext('cli');
  const limits = set.map(readLimit);
  for (const [quota, limit] of limits) await quotas.setLimit(organization, quota, limit, ctx);
  const uses = await quotas.use(organization, { measure: true });
  const lines = uses.map(({ quota, used, limit, own }) => {
    const of = limit === null ? 'not limited' : `of ${limit}${own ? '' : ' (configuration)'}`;
    return `${quota}: ${used ?? 'not counted'} ${of}`;
  });
  return lines.join('\n');
};

/** `records=1000` */
function readLimit(text: string): [QuotaName, number | 'unlimited' | null] {
  const [name = '', value = ''] = text.split('=');
  const quota = QUOTAS.find((one) => one === name);
  if (quota === undefined) {
    throw createError('quota_invalid', { quota: name, reason: `there are ${QUOTAS.join(', ')}` });
  }
  if (value === 'unlimited') return [quota, value];
  if (value === 'default') return [quota, null];
  return [quota, value === '' ? Number.NaN : Number(value)];
}

async function setSuspended(
  application: HeadlessApplication,
  organization: string,
  since: string | null,
): Promise<string> {
  const engine = application.kernel.service(dataEngineService);
  const ctx = systemContext('cli');
  const where = { op: 'eq', field: 'id', value: organization } as const;
  if ((await engine.count('organization', { where }, ctx)) === 0) {
    throw createError('tenant_not_found', { organization });
  }
  await engine.update('organization', organization, { suspended_at: since }, ctx);
  await told(application, since === null ? 'resumed' : 'suspended', { organization });
  return since === null ? `${organization} goes on.` : `${organization} is suspended.`;
}

function parse<T>(schema: z.ZodType, line: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw createError('tenant_archive_invalid', { reason: 'a line is not JSON' }, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as T;
  const reason = `a line has another form: ${parsed.error.issues[0]?.message ?? ''}`;
  throw createError('tenant_archive_invalid', { reason }, { cause: parsed.error });
}
