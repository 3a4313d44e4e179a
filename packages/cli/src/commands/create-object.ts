import { createError } from '@objectos/spec/errors';
import { fieldName, inferObject, readRows, type TransferFormat } from '@objectql/core/transfer';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/** Which file to look at, and where its object goes. */
export interface CreateObjectRequest {
  readonly folder: string;
  readonly source: string;
  readonly format: TransferFormat;
  readonly delimiter: string | undefined;
  readonly object: string | undefined;
}

/** The object that was written, and where the columns of the file go. */
export interface CreatedObject {
  readonly object: string;
  readonly mapping: Readonly<Record<string, string>>;
}

/**
 * Finds out from a whole file what object it describes and writes it into the application, as YAML
 * that people go on with. Asks nothing. An object that does not load is taken back.
 *
 * @throws `import_object_exists`, `import_object_unwritten`, what reading the file throws, `kernel_boot_failed`
 */
export async function createObject(
  request: CreateObjectRequest,
  options: CommandOptions,
  io: Io,
): Promise<CreatedObject> {
  const name = request.object ?? objectNameOf(request.source);
  const rows = readRows(createReadStream(request.source), request);
  const { object, mapping, rows: count } = await inferObject(name, rows);
  if (count === 0) {
    throw createError('import_file_invalid', { line: 0, reason: 'it has no row to learn from' });
  }
  const target = path.join(request.folder, 'objects', `${name}.object.yml`);
  const note = `# Made from ${path.basename(request.source)}, ${count} rows. Change what you know better.\n`;
  const params = { object: name, file: target };
  const unwritten = (cause: unknown): never => {
    const { code: reason = 'refused' } = cause as NodeJS.ErrnoException;
    throw createError('import_object_unwritten', { ...params, reason }, { cause });
  };
  await mkdir(path.dirname(target), { recursive: true }).catch(unwritten);
  await writeFile(target, note + stringify(object), { flag: 'wx' }).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') unwritten(cause);
    throw createError('import_object_exists', params, { cause });
  });
  try {
    await withApplication(request.folder, options, io, () => undefined);
  } catch (error) {
    await rm(target);
    throw error;
  }
  io.stderr.write(`wrote ${path.relative(process.cwd(), target)}\n`);
  return { object: name, mapping };
}

/** `Accounts 2026.csv` is about the object `accounts_2026`; a plural ends without its `s`. */
export function objectNameOf(file: string): string {
  const name = fieldName(path.basename(file).replace(/\.[^.]*$/, ''));
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  return name.endsWith('s') && !name.endsWith('ss') ? name.slice(0, -1) : name;
}
