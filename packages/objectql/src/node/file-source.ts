import type { MetadataFiles } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { MetadataType } from '@objectos/spec/metadata';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import type { SourceFile } from '../metadata/index.js';

/** Where {@link readSources} looks. */
export interface ReadOptions {
  /** Folder that the patterns are relative to; nothing outside of it is read. */
  readonly cwd: string;
  /** What the files hold, where their names do not say. */
  readonly type?: MetadataType | undefined;
}

/**
 * Reads the files that match glob patterns, in the order of their paths. Leaves out `node_modules`
 * and names that begin with a dot.
 *
 * @throws `folder_not_found`
 * @example await readSources('objects/**\/*.yml', { cwd: process.cwd() });
 */
export async function readSources(
  patterns: string | readonly string[],
  { cwd, type }: ReadOptions,
): Promise<SourceFile[]> {
  const root = await realpath(cwd).catch((cause: unknown) => {
    throw createError('folder_not_found', { folder: cwd }, { cause });
  });
  const files = await glob([...(typeof patterns === 'string' ? [patterns] : patterns)], {
    cwd: root,
    ignore: ['**/node_modules/**'],
    followSymbolicLinks: false,
    onlyFiles: true,
    expandDirectories: false,
  });
  const inside = files
    .map(toPosix)
    .filter((file) => !file.startsWith('../') && !path.isAbsolute(file));
  return Promise.all(
    inside.sort().map(async (file) => ({
      file,
      text: await readFile(path.join(root, file), 'utf8'),
      ...(type === undefined ? {} : { type }),
    })),
  );
}

/** Reads the metadata files that a plugin's manifest names; their paths are shown with its folder. */
export async function readPluginFiles(files: MetadataFiles): Promise<SourceFile[]> {
  const sources = await readSources(files.globs, { cwd: files.baseDir, type: files.type });
  const prefix = toPosix(path.relative(process.cwd(), files.baseDir));
  return sources.map((source) => ({ ...source, file: path.posix.join(prefix, source.file) }));
}

function toPosix(file: string): string {
  const posix = file.split(path.sep).join('/');
  return posix.startsWith('./') ? posix.slice(2) : posix;
}
