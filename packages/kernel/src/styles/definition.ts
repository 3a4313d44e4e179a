import type { DependencyMap, PluginContext, ServiceRef } from '@objectos/spec/contracts';
import type { PluginManifest } from '@objectos/spec/metadata';
import { baseOf, manifestProblem, parseManifest, type EntryFacts } from '../manifest.js';
import { contributeMetadataFiles } from '../metadata-files.js';
import type { AnyPluginDefinition, KernelPlugin } from '../plugin.js';

const KEYS = new Set([
  'kind',
  'manifest',
  'config',
  'deps',
  'provides',
  'install',
  'upgrade',
  'setup',
  'uninstall',
]);

/** Reads a `definePlugin` value. @throws `plugin_malformed` */
export function fromDefinition(definition: AnyPluginDefinition, entry: EntryFacts): KernelPlugin {
  const manifest = parseManifest(definition.manifest, entry.name);
  checkShape(definition, manifest);
  const deps = Object.entries(definition.deps ?? {});
  const ids = (wanted: 'service' | 'optional') =>
    deps.filter(([, ref]) => ref.kind === wanted).map(([, ref]) => refOf(ref).id);
  const base = baseOf(manifest, entry);
  return {
    ...base,
    style: 'definition',
    requires: [...base.requires, ...ids('service')],
    optionalRequires: ids('optional'),
    provides: unique([...base.provides, ...(definition.provides ?? []).map((ref) => ref.id)]),
    configSchema: definition.config,
    ...(definition.install && { install: (ctx) => definition.install?.(ctx as never) }),
    ...(definition.upgrade && {
      upgrade: (ctx, from) => definition.upgrade?.(ctx as never, from),
    }),
    ...(definition.uninstall && { uninstall: (ctx) => definition.uninstall?.(ctx as never) }),
    setup(ctx) {
      contributeMetadataFiles(ctx, manifest, entry.baseDir);
      return definition.setup(ctx as never, resolveDeps(ctx, deps) as never);
    },
  };
}

function checkShape(definition: AnyPluginDefinition, manifest: PluginManifest): void {
  for (const key of Object.keys(definition)) {
    if (!KEYS.has(key)) throw manifestProblem(`"${manifest.id}"`, `unknown key "${key}"`);
  }
  if (typeof definition.setup !== 'function') {
    throw manifestProblem(`"${manifest.id}"`, 'setup must be a function');
  }
  for (const [key, ref] of Object.entries(definition.deps ?? {}) as [string, unknown][]) {
    if (!isRef(ref)) {
      throw manifestProblem(
        `"${manifest.id}"`,
        `deps.${key} must be a service ref or optional(ref)`,
      );
    }
  }
}

function isRef(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return value.kind === 'service' || (value.kind === 'optional' && 'ref' in value);
}

function refOf(ref: DependencyMap[string]): ServiceRef<unknown> {
  return ref.kind === 'optional' ? ref.ref : ref;
}

function resolveDeps(ctx: PluginContext, deps: readonly [string, DependencyMap[string]][]): object {
  return Object.fromEntries(deps.map(([key, ref]) => [key, ctx.service(refOf(ref))]));
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
