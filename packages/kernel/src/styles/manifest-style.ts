import type { MaybePromise, PluginContext } from '@objectos/spec/contracts';
import { pluginManifestSchema, type PluginManifest } from '@objectos/spec/metadata';
import { flexibleLogger, type FlexibleLogger } from '../logger.js';
import { baseOf, hintFor, manifestProblem, parseManifest, type EntryFacts } from '../manifest.js';
import { contributeMetadataFiles } from '../metadata-files.js';
import { untyped, type KernelPlugin, type StopReason, type UntypedContext } from '../plugin.js';

/** What the functions of a manifest are given: the plugin context, and events by plain name. */
export interface ManifestContext extends Omit<PluginContext, 'logger'> {
  readonly logger: FlexibleLogger;
  /** Events that no map declares, such as `user.signup`. */
  readonly events: UntypedContext;
}

/**
 * A plugin in the manifest style: data, and functions for what happens to it.
 *
 * Order: `onInstall` once, or `onUpgrade` once per newer version; then at every start `onLoad` and,
 * when all plugins are loaded, `onEnable`; `onDisable` whenever it stops running, with the reason;
 * `onUninstall` when it is taken away.
 *
 * @example
 * export const CrmPlugin: ManifestPlugin = {
 *   id: 'steedos-crm',
 *   version: '1.0.0',
 *   objects: ['./objects/*.object.yml'],
 *   onLoad: (ctx) => ctx.logger.info('CRM loaded'),
 *   onEvent: { 'user.signup': (ctx, payload) => createLead(payload) },
 * };
 */
export interface ManifestPlugin extends PluginManifest {
  onInstall?(ctx: ManifestContext): MaybePromise<void>;
  onUpgrade?(ctx: ManifestContext, from: string, to: string): MaybePromise<void>;
  onLoad?(ctx: ManifestContext): MaybePromise<void>;
  onEnable?(ctx: ManifestContext): MaybePromise<void>;
  onDisable?(ctx: ManifestContext, reason: StopReason): MaybePromise<void>;
  onUninstall?(ctx: ManifestContext): MaybePromise<void>;
  readonly onEvent?: Readonly<
    Record<string, (ctx: ManifestContext, payload: unknown) => MaybePromise<void>>
  >;
}

const FUNCTIONS = [
  'onInstall',
  'onUpgrade',
  'onLoad',
  'onEnable',
  'onDisable',
  'onUninstall',
] as const;
const KEYS = [...Object.keys(pluginManifestSchema.shape), ...FUNCTIONS, 'onEvent'];

/** Reads a manifest with functions. @throws `plugin_malformed` */
export function fromManifest(plugin: ManifestPlugin, entry: EntryFacts): KernelPlugin {
  const manifest = parseManifest(dataOf(plugin, entry.name), entry.name);
  checkFunctions(plugin, manifest);
  return {
    ...baseOf(manifest, entry),
    style: 'manifest',
    ...(plugin.onInstall && { install: (ctx) => plugin.onInstall?.(manifestContext(ctx)) }),
    ...(plugin.onUpgrade && {
      upgrade: (ctx, from) => plugin.onUpgrade?.(manifestContext(ctx), from, manifest.version),
    }),
    async setup(ctx) {
      const own = manifestContext(ctx);
      contributeMetadataFiles(ctx, manifest, entry.baseDir);
      for (const [event, handler] of Object.entries(plugin.onEvent ?? {})) {
        own.events.on(event, (payload) => handler.call(plugin.onEvent, own, payload));
      }
      await plugin.onLoad?.(own);
      return {
        start: () => plugin.onEnable?.(own),
        stop: (reason) => plugin.onDisable?.(own, reason),
      };
    },
    ...(plugin.onUninstall && { uninstall: (ctx) => plugin.onUninstall?.(manifestContext(ctx)) }),
  };
}

/** The data of the manifest; an unknown key is refused here, where functions count as known. */
function dataOf(plugin: ManifestPlugin, name: string): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(plugin) as [string, unknown][]) {
    if (!KEYS.includes(key)) {
      throw manifestProblem(name, `unknown key "${key}"${hintFor(key, KEYS)}`);
    }
    if (!key.startsWith('on')) data[key] = value;
  }
  return data;
}

function checkFunctions(plugin: ManifestPlugin, manifest: PluginManifest): void {
  const handlers = Object.entries(plugin.onEvent ?? {}) as [string, unknown][];
  const values: Readonly<Record<string, unknown>> = { ...plugin };
  const functions: [string, unknown][] = FUNCTIONS.map((key) => [key, values[key]]);
  for (const [event, handler] of handlers) functions.push([`onEvent["${event}"]`, handler ?? null]);
  for (const [key, value] of functions) {
    if (value === undefined || typeof value === 'function') continue;
    throw manifestProblem(`"${manifest.id}"`, `${key} must be a function`);
  }
}

function manifestContext(ctx: PluginContext): ManifestContext {
  return { ...ctx, logger: flexibleLogger(ctx.logger), events: untyped(ctx) };
}
