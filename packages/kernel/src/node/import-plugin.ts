import { register } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createError } from '@objectos/spec/errors';
import { reasonOf } from '../errors.js';
import type { PluginEntry, PluginSource } from '../plugin.js';

/** The query parameter that tells one generation of a module from the next. */
const GENERATION = 'objectos-generation';

/**
 * Passes the generation of a module on to the files it imports from its own project: Node keeps
 * modules by URL, so without this a reload would see new text in the entry file only.
 */
const HOOKS = `export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const generation = context.parentURL?.startsWith('file:')
    ? new URL(context.parentURL).searchParams.get('${GENERATION}')
    : null;
  if (generation === null || !found.url.startsWith('file:')) return found;
  if (found.url.includes('/node_modules/')) return found;
  const url = new URL(found.url);
  url.searchParams.set('${GENERATION}', generation);
  return { ...found, url: url.href };
}`;

let registered = false;
let generation = 0;

/** How a plugin is imported. */
export interface ImportPluginOptions {
  /**
   * Default true: every call reads the files anew, except those in `node_modules`. False is for
   * hosts that never reload: Node keeps the files like any other, and needs no extra thread.
   */
  readonly reloadable?: boolean | undefined;
}

/**
 * Imports a plugin from a file of JavaScript: its default export, or its export named `plugin`. The
 * globs of its manifest are relative to the folder of the file.
 *
 * @throws `plugin_import_failed`
 * @example await kernel.reload('crm', await importPlugin('./plugins/crm/plugin.js'));
 */
export async function importPlugin(
  file: string,
  { reloadable = true }: ImportPluginOptions = {},
): Promise<PluginEntry> {
  const path = resolve(file);
  const url = pathToFileURL(path);
  if (reloadable) {
    registerHooks();
    generation += 1;
    url.searchParams.set(GENERATION, String(generation));
  }
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ url.href)) as Record<string, unknown>;
  } catch (error) {
    throw createError(
      'plugin_import_failed',
      { file: path, reason: reasonOf(error) },
      { cause: error },
    );
  }
  const plugin = exports['default'] ?? exports['plugin'];
  if (typeof plugin === 'object' && plugin !== null) {
    // What it is made of is checked where every plugin is: by the kernel.
    return { plugin: plugin as PluginSource, baseDir: dirname(path) };
  }
  const reason = plugin === undefined ? 'it exports none' : `it exports a ${typeof plugin}`;
  throw createError('plugin_import_failed', { file: path, reason });
}

function registerHooks(): void {
  if (registered) return;
  registered = true;
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
}
