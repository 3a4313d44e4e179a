import {
  defineJob,
  systemContext,
  type DataEngine,
  type JobsService,
  type PluginContext,
  type RecordData,
} from '@objectos/spec/contracts';
import { z } from 'zod';
import { admit } from '../federation/admit.js';
import { disable } from '../federation/disable.js';
import type { AuthConfig } from '../config.js';
import type { Directories, KnownDirectory } from './directories.js';

/** Takes what directories say of the users who came from them. */
export const directorySyncJob = defineJob('auth.directories', z.object({}), {
  timeout: 3_600_000,
  unique: { key: 'directories' },
});

const QUARTERLY = '4,19,34,49 * * * *';
const PORTION = 50;

/** How many users were looked at, and how many of them were disabled. */
export interface Synced {
  readonly seen: number;
  readonly disabled: number;
}

/** What comparing needs. */
export interface SyncParts {
  readonly engine: DataEngine;
  readonly directories: Directories;
  readonly ctx: Pick<PluginContext<AuthConfig>, 'emit' | 'logger'>;
}

/**
 * Disables whom a directory does not let in any more, lets in again who is back, and brings roles and
 * names in line. A directory that does not answer changes nothing.
 *
 * @throws `directory_unavailable`, after the other directories were asked
 */
export async function syncDirectories(parts: SyncParts, signal?: AbortSignal): Promise<Synced> {
  let [seen, disabled] = [0, 0];
  const failures: unknown[] = [];
  for (const [provider, known] of parts.directories) {
    try {
      for await (const accounts of accountsOf(parts.engine, provider)) {
        if (signal?.aborted === true) return { seen, disabled };
        disabled += await syncPortion(parts, { provider, known, accounts });
        seen += accounts.length;
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return { seen, disabled };
}

interface Portion {
  readonly provider: string;
  readonly known: KnownDirectory;
  readonly accounts: readonly RecordData[];
}

async function syncPortion(
  { engine, ctx }: SyncParts,
  { provider, known, accounts }: Portion,
): Promise<number> {
  const subjectOf = (account: RecordData) => String(account['account_id']);
  const active = await known.directory.active(accounts.map(subjectOf));
  let disabled = 0;
  for (const account of accounts) {
    const found = active.get(subjectOf(account));
    if (found !== undefined) {
      if (!('missing' in found)) await admit({ engine, logger: ctx.logger }, known.config, found);
      continue;
    }
    const userId = String(account['user_id']);
    if (!(await disable(engine, { userId, provider }, systemContext('auth.directories')))) continue;
    disabled += 1;
    tell(ctx, provider, userId);
  }
  return disabled;
}

function tell({ emit }: SyncParts['ctx'], provider: string, userId: string): void {
  emit('auth.event', {
    kind: 'user_disabled',
    endpoint: `directory ${provider}`,
    userId,
    account: null,
    impersonatedBy: null,
    ip: null,
    userAgent: null,
    requestId: directorySyncJob.name,
    at: new Date().toISOString(),
    code: null,
  });
}

async function* accountsOf(engine: DataEngine, provider: string) {
  for (let after = ''; ;) {
    const args = [
      { op: 'eq', field: 'provider_id', value: provider } as const,
      { op: 'gt', field: 'id', value: after } as const,
    ];
    const { records } = await engine.find(
      'user_account',
      {
        where: { op: 'and', args },
        fields: ['account_id', 'user_id'],
        orderBy: [{ field: 'id', direction: 'asc' }],
        limit: PORTION,
      },
      systemContext('auth.directories'),
    );
    if (records.length > 0) yield records;
    if (records.length < PORTION) return;
    after = String(records.at(-1)?.['id']);
  }
}

/** Compares every quarter of an hour, on one of all nodes. Without jobs, only sign-ins do; the log says so. */
export async function scheduleDirectorySync(
  parts: SyncParts & { readonly ctx: PluginContext<AuthConfig> },
  jobs: JobsService | undefined,
): Promise<void> {
  const { ctx } = parts;
  if (jobs === undefined) {
    ctx.logger.warn(
      {},
      'no jobs are loaded: who is disabled in a directory keeps a session until it ends',
    );
    return;
  }
  ctx.onDispose(
    jobs.handle(directorySyncJob, async ({ signal }) => {
      const synced = await syncDirectories(parts, signal);
      ctx.logger.info({ ...synced }, 'users were compared with their directories');
      return synced;
    }),
  );
  const { name } = directorySyncJob;
  ctx.onDispose(await jobs.schedule({ name, job: name, cron: QUARTERLY }));
}
