import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { auditVerify } from './commands/audit-verify.js';
import { configPrint } from './commands/config-print.js';
import { dev } from './commands/dev.js';
import type { CommandOptions } from './commands/options.js';
import {
  migrateApply,
  migrateForget,
  migratePlan,
  migrateStatus,
  migrateUndo,
} from './commands/migrate.js';
import { secretsRotate } from './commands/secrets-rotate.js';
import { addFailureCommands } from './commands/failures.js';
import { addJobCommands } from './commands/jobs.js';
import { i18nCoverage } from './commands/i18n-coverage.js';
import { start } from './commands/start.js';
import { addTenantCommands } from './commands/tenant.js';
import { testAccess } from './commands/test-access.js';
import { addTransferCommands } from './commands/transfer.js';
import { validate } from './commands/validate.js';
import { verifyDerived } from './commands/verify-derived.js';
import { writeFailure } from './output/failure.js';
import { processIo, type Io } from './output/io.js';

type Run = (folder: string, options: CommandOptions, io: Io) => Promise<number>;

/**
 * The `objectos` command.
 *
 * @param argv arguments after the program's name
 * @returns the exit code; of a server, after it stopped
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let exitCode = 0;
  const execute = (run: Run) => async (folder: string, options: CommandOptions) => {
    try {
      exitCode = await run(folder, options, io);
    } catch (error) {
      exitCode = 1;
      writeFailure(io, error, { json: options.json === true, verbose: options.verbose === true });
    }
  };
  const program = createProgram(execute, io);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode;
  }
  return exitCode;
}

function createProgram(
  execute: (run: Run) => (folder: string, options: CommandOptions) => Promise<void>,
  io: Io,
): Command {
  const program = new Command('objectos')
    .description('Serves a folder of metadata as a secured application.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    });
  const add = (parent: Command, name: string, description: string, run: Run) =>
    withOptions(parent.command(`${name} [folder]`).description(description)).action(
      (folder: string | undefined, options: CommandOptions) => execute(run)(folder ?? '.', options),
    );
  add(program, 'start', 'serve the application of a folder', start);
  add(program, 'dev', 'serve a folder and follow every save', dev);
  add(program, 'validate', 'print every problem of a folder; exit 1 if there is one', validate);
  add(
    program,
    'test:access',
    'run the access cases of a folder on the engine and over REST',
    testAccess,
  )
    .option('--matrix', 'write the access matrix, for a later run to compare with')
    .option('--rehearse <folder>', 'which cases would end otherwise with the files of this folder');
  addTransferCommands(program, execute, withOptions);
  addTenantCommands(program, execute, withOptions);
  const verify = program
    .command('verify')
    .description('compare stored values with what they follow from');
  add(
    verify,
    'derived',
    'compute roll-ups and numbers anew; exit 1 when they differ',
    verifyDerived,
  ).option('--repair', 'store the right values');
  const config = program.command('config').description('look at the configuration');
  add(config, 'print', 'print the effective configuration, without secrets', configPrint);
  addMigrations(program.command('migrate').description('bring the database to the metadata'), add);
  const secrets = program.command('secrets').description('look after encrypted fields');
  add(
    secrets,
    'rotate',
    'encrypt anew what has not the current key; exit 1 if any fails',
    secretsRotate,
  );
  addJobCommands(program, execute, withOptions);
  addFailureCommands(program, execute, withOptions);
  const audit = program.command('audit').description('look after the audit log');
  add(audit, 'verify', 'check that nobody tampered with the audit log', auditVerify);
  const i18n = program.command('i18n').description('look at the languages');
  add(i18n, 'coverage', 'how far each language is translated, and what is missing', i18nCoverage)
    .option('--locale <language>', 'only this language, with everything that is missing')
    .addOption(new Option('--min <percent>', 'exit 1 below this').argParser(Number));
  return program;
}

type Add = (parent: Command, name: string, description: string, run: Run) => Command;

function addMigrations(migrate: Command, add: Add): void {
  const changing = (command: Command) =>
    command
      .option('--allow-destructive', 'consent to steps that lose values; they are kept for an undo')
      .addOption(
        new Option('--pause <ms>', 'milliseconds to wait between chunks of rows').argParser(Number),
      );
  changing(
    add(migrate, 'plan', 'print what would be done; exit 2 if there is something', migratePlan),
  );
  changing(add(migrate, 'apply', 'do it', migrateApply));
  changing(add(migrate, 'undo', 'take the last migration back', migrateUndo));
  add(migrate, 'status', 'print plan, drift and history; exit 2 if not all is well', migrateStatus);
  add(migrate, 'forget', 'drop for good what migrations kept for an undo', migrateForget);
}

function withOptions(command: Command): Command {
  return command
    .addOption(new Option('-p, --port <port>', 'port to listen on').argParser(portOf))
    .option('--host <address>', 'address to listen on')
    .option('--database <url>', 'database URL')
    .option('--log-level <level>', 'debug, info, warn or error')
    .option('--json', 'for machines: one JSON value on the output')
    .option('--verbose', 'show the log from the start, and stacks of errors');
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It takes a number from 0 (any free port) to 65535.');
}

/** The version of this package, of its source and of what is built from it alike. */
function ownVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return z.object({ version: z.string() }).parse(manifest).version;
}
