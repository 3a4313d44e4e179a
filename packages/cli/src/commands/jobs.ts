import { Option, type Command } from 'commander';
import { JOB_STATES, jobsService, type Job, type JobState } from '@objectos/spec/contracts';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import { parsePayload, writeTable, type Execute } from './listing.js';
import type { CommandOptions } from './options.js';

/** Flags of `objectos jobs list`. */
interface ListFlags extends CommandOptions {
  readonly state?: JobState;
  readonly queue?: string;
  readonly name?: string;
  readonly limit?: number;
}

/** Flags of `objectos jobs retry`. */
interface RetryFlags extends CommandOptions {
  readonly payload?: string;
}

/** Adds `jobs list`, `retry`, `pause` and `resume` to the program. */
export function addJobCommands(
  program: Command,
  execute: Execute,
  withOptions: (command: Command) => Command,
): void {
  const jobs = program.command('jobs').description('look after background jobs');
  withOptions(jobs.command('list [folder]'))
    .description('print jobs, newest first; without a filter also how many each queue has')
    .addOption(new Option('--state <state>', 'only these').choices(JOB_STATES))
    .option('--queue <name>', 'only of this queue')
    .option('--name <name>', 'only of this name')
    .addOption(new Option('--limit <count>', 'at most 500').argParser(Number).default(50))
    .action((folder: string | undefined, flags: ListFlags) =>
      execute((at, _, io) => list(at, flags, io))(folder ?? '.', flags),
    );
  withOptions(jobs.command('retry <id> [folder]'))
    .description('run a dead, cancelled or waiting job again, by the next server that is free')
    .option('--payload <json>', 'with this payload instead of its own')
    .action((id: string, folder: string | undefined, flags: RetryFlags) =>
      execute((at, _, io) => retry(id, at, flags, io))(folder ?? '.', flags),
    );
  for (const action of ['pause', 'resume'] as const) {
    withOptions(jobs.command(`${action} <queue> [folder]`))
      .description(
        action === 'pause' ? 'start no more jobs of a queue, on any server' : 'start them again',
      )
      .action((queue: string, folder: string | undefined, flags: CommandOptions) =>
        execute((at, _, io) => setPaused(action, queue, { folder: at, flags, io }))(
          folder ?? '.',
          flags,
        ),
      );
  }
}

async function list(folder: string, flags: ListFlags, io: Io): Promise<number> {
  const { state, queue, name, limit } = flags;
  const filter = { state, queue, name, limit };
  const { jobs, queues } = await withApplication(folder, flags, io, async ({ kernel }) => {
    const service = kernel.service(jobsService);
    return { jobs: await service.list(filter), queues: await service.statistics() };
  });
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify({ jobs, queues })}\n`);
    return 0;
  }
  const heads = ['id', 'name', 'state', 'tries', 'created', 'error'];
  writeTable(io, heads, jobs.map(cellsOf), 'There are no jobs.');
  if (queues.length > 0 && state === undefined && queue === undefined && name === undefined) {
    io.stdout.write('\n');
    const rows = queues.map(({ queue: each, paused, counts }) => [
      each,
      paused ? 'paused' : 'running',
      Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([which, count]) => `${count} ${which}`)
        .join(', '),
    ]);
    writeTable(io, ['queue', '', 'jobs'], rows);
  }
  return 0;
}

function cellsOf({ id, name, state, attempt, maxAttempts, createdAt, error }: Job): string[] {
  const why = error === null ? '' : `${error.code}: ${error.message}`;
  return [id, name, state, `${attempt}/${maxAttempts}`, createdAt, why];
}

async function retry(id: string, folder: string, flags: RetryFlags, io: Io): Promise<number> {
  const payload = parsePayload(flags.payload);
  const job = await withApplication(folder, flags, io, ({ kernel }) =>
    kernel.service(jobsService).retry(id, payload === undefined ? {} : { payload }),
  );
  io.stdout.write(
    flags.json === true ? `${JSON.stringify(job)}\n` : `${job.id} is ${job.state}.\n`,
  );
  return 0;
}

async function setPaused(
  action: 'pause' | 'resume',
  queue: string,
  {
    folder,
    flags,
    io,
  }: { readonly folder: string; readonly flags: CommandOptions; readonly io: Io },
): Promise<number> {
  await withApplication(folder, flags, io, ({ kernel }) =>
    kernel.service(jobsService)[action](queue),
  );
  const state = action === 'pause' ? 'paused' : 'running';
  const said = { queue, state };
  io.stdout.write(flags.json === true ? `${JSON.stringify(said)}\n` : `${queue} is ${state}.\n`);
  return 0;
}
