import { Option, type Command } from 'commander';
import type { Io } from '../output/io.js';
import { exportCommand, type ExportFlags } from './export.js';
import { importCommand, type ImportFlags } from './import.js';
import type { CommandOptions } from './options.js';

type Execute = (
  run: (folder: string, options: CommandOptions, io: Io) => Promise<number>,
) => (folder: string, options: CommandOptions) => Promise<void>;

/** Adds `export` and `import` to the program. */
export function addTransferCommands(
  program: Command,
  execute: Execute,
  withOptions: (command: Command) => Command,
): void {
  const format = () => new Option('--format <format>', 'csv or jsonl').choices(['csv', 'jsonl']);
  const organization = () =>
    new Option('--organization <id>', 'whose records; "none": those of no organization');
  withOptions(program.command('export <object> [folder]'))
    .description('write the records of an object as CSV or JSON Lines')
    .option('-o, --out <file>', 'file to write; otherwise the output')
    .addOption(format())
    .option('--select <fields>', 'columns, separated by commas: name,account.name')
    .option('--filter <json>', 'which records')
    .option('--sort <fields>', 'order: name,-created_at')
    .option('--labels', 'name the columns as people do')
    .addOption(organization())
    .addOption(new Option('--limit <count>', 'at most so many records').argParser(Number))
    .action((object: string, folder: string | undefined, flags: ExportFlags) =>
      execute((at, _, io) => exportCommand(object, at, flags, io))(folder ?? '.', flags),
    );
  withOptions(program.command('import <file> [folder]'))
    .description('read records from CSV or JSON Lines; exit 1 if a row failed')
    .option('--object <name>', 'the object; otherwise the name of the file says it')
    .addOption(format())
    .option('--key <fields>', 'unique fields that find the record of a row')
    .addOption(new Option('--mode <mode>', 'with a key').choices(['insert', 'update', 'upsert']))
    .option('--map <header=field...>', 'where a column goes; "Header=" leaves it out')
    .option('--delimiter <character>', 'of a CSV that hides its own')
    .option('--clear-empty', 'empty cells empty their fields')
    .option('--dry-run', 'run everything and undo it')
    .addOption(new Option('--skip-rows <count>', 'rows that are done already').argParser(Number))
    .option('--errors <file>', 'where failed rows go; otherwise beside the file')
    .option('--create-object', 'make the object from the file first')
    .addOption(organization())
    .action((file: string, folder: string | undefined, flags: ImportFlags) =>
      execute((at, _, io) => importCommand(file, at, flags, io))(folder ?? '.', flags),
    );
}
