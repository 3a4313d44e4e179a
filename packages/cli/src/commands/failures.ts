import { failureInboxService } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Command } from 'commander';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import { parsePayload, writeTable, type Execute } from './listing.js';
import type { CommandOptions } from './options.js';

/** Flags of `objectos failures list`. */
interface ListFlags extends CommandOptions {
  readonly source?: string;
  readonly muted?: boolean;
}

/** Flags of `objectos failures replay`. */
interface ReplayFlags extends CommandOptions {
  readonly payload?: string;
}

/** Adds `failures list` and `failures replay` to the program. */
export function addFailureCommands(
  program: Command,
  execute: Execute,
  withOptions: (command: Command) => Command,
): void {
  const failures = program
    .command('failures')
    .description('look after what was given up: jobs, notifications, webhooks');
  withOptions(failures.command('list [folder]'))
    .description('print failures, grouped by cause; exit 1 if there is one')
    .option('--source <name>', 'only jobs, notifications, webhooks, …')
    .option('--muted', 'those too that are muted')
    .action((folder: string | undefined, flags: ListFlags) =>
      execute((at, _, io) => list(at, flags, io))(folder ?? '.', flags),
    );
  withOptions(failures.command('replay <failure> [folder]'))
    .description('try again: a whole group by its fingerprint, or one as <source>/<id>')
    .option('--payload <json>', 'of one: with this payload instead of its own')
    .action((failure: string, folder: string | undefined, flags: ReplayFlags) =>
      execute((at, _, io) => replay(failure, at, flags, io))(folder ?? '.', flags),
    );
}

async function list(folder: string, flags: ListFlags, io: Io): Promise<number> {
  const { source, muted } = flags;
  const asked = {
    ...(source === undefined ? {} : { source }),
    ...(muted === undefined ? {} : { muted }),
  };
  const { groups, truncated } = await withApplication(folder, flags, io, ({ kernel }) =>
    kernel.service(failureInboxService).groups(asked),
  );
  if (flags.json === true) io.stdout.write(`${JSON.stringify({ groups, truncated })}\n`);
  else {
    const rows = groups.map((one) => [
      one.fingerprint,
      String(one.count),
      one.source,
      one.title,
      one.lastAt,
      `${one.code}: ${one.message}`,
    ]);
    writeTable(io, ['group', 'count', 'source', 'what', 'last', 'error'], rows);
    if (truncated) io.stdout.write('There are older failures; these come first.\n');
  }
  return groups.length === 0 ? 0 : 1;
}

async function replay(
  failure: string,
  folder: string,
  flags: ReplayFlags,
  io: Io,
): Promise<number> {
  const payload = parsePayload(flags.payload);
  const [source = '', id] = failure.split('/');
  if (id === undefined && payload !== undefined) {
    throw createError('failure_not_editable', { failure });
  }
  const result = await withApplication(folder, flags, io, async ({ kernel }) => {
    const inbox = kernel.service(failureInboxService);
    if (id === undefined) return inbox.replayGroup(failure, {});
    await inbox.replay(source, id, payload === undefined ? {} : { payload });
    return { replayed: 1, refused: 0 };
  });
  const { replayed, refused } = result;
  const text = `${replayed} replayed, ${refused} refused; the next server that is free tries them.\n`;
  io.stdout.write(flags.json === true ? `${JSON.stringify(result)}\n` : text);
  return refused === 0 ? 0 : 1;
}
