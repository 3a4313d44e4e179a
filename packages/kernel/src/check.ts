import lessThan from 'semver/functions/lt.js';
import satisfies from 'semver/functions/satisfies.js';
import { healthService, type InstalledPlugin } from '@objectos/spec/contracts';
import { createError, type ObjectOSError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import { parseConfig } from './config.js';
import { topologicalWaves, type Edges } from './dependency-graph.js';
import type { KernelPlugin } from './plugin.js';
import { KERNEL_VERSION } from './version.js';

/** A set of plugins that fits together, and how. */
export interface CheckedPlugins {
  /** Plugin id to what it can't run without. */
  readonly hard: Edges;
  /** Plugin id to everything that must be set up before it, if present. */
  readonly all: Edges;
  readonly waves: readonly (readonly string[])[];
  /** Parsed configuration by plugin id. */
  readonly configs: ReadonlyMap<string, unknown>;
}

/** What a set of plugins is checked against. */
export interface CheckInput {
  readonly plugins: readonly KernelPlugin[];
  readonly configured: ReadonlyMap<string, unknown>;
  readonly installed: ReadonlyMap<string, InstalledPlugin>;
}

/** Checks everything that can be known before any plugin runs, and collects all problems. */
export async function checkPlugins(
  input: CheckInput,
): Promise<{ problems: readonly ObjectOSError[]; checked: CheckedPlugins }> {
  const problems: ObjectOSError[] = [];
  const byId = new Map<string, KernelPlugin>();
  for (const plugin of input.plugins) {
    if (byId.has(plugin.id)) problems.push(createError('plugin_duplicate', { plugin: plugin.id }));
    else byId.set(plugin.id, plugin);
  }
  const plugins = [...byId.values()];
  for (const plugin of plugins) {
    problems.push(...versionProblems(plugin, byId, input.installed.get(plugin.id)));
  }
  const providers = findProviders(plugins, problems);
  const hard = new Map<string, string[]>();
  const all = new Map<string, string[]>();
  for (const plugin of plugins) {
    problems.push(...missingServices(plugin, providers));
    const required = [...plugin.dependencies.keys(), ...from(providers, plugin.requires)];
    const preferred = [
      ...plugin.optionalDependencies.keys(),
      ...from(providers, plugin.optionalRequires),
    ];
    const present = (id: string) => byId.has(id);
    hard.set(plugin.id, required.filter(present));
    all.set(plugin.id, [...new Set([...required, ...preferred])].filter(present));
  }
  const { waves, cycles } = topologicalWaves(all);
  for (const path of cycles) problems.push(createError('plugin_dependency_cycle', { path }));
  const configs = await parseConfigs(plugins, input.configured, problems);
  return { problems, checked: { hard, all, waves, configs } };
}

/** True when `version` is in `range`; a pre-release counts as the version it leads to. */
function inRange(version: string, range: string): boolean {
  return satisfies(version, range, { includePrerelease: true });
}

function versionProblems(
  plugin: KernelPlugin,
  byId: ReadonlyMap<string, KernelPlugin>,
  installed: InstalledPlugin | undefined,
): ObjectOSError[] {
  const problems: ObjectOSError[] = [];
  const { id, version } = plugin;
  const { engine } = plugin.manifest;
  if (engine !== undefined && !inRange(KERNEL_VERSION, engine)) {
    const params = { plugin: id, range: engine, version: KERNEL_VERSION };
    problems.push(createError('plugin_engine_mismatch', params));
  }
  if (installed !== undefined && lessThan(version, installed.version)) {
    problems.push(
      createError('plugin_downgrade', { plugin: id, from: installed.version, to: version }),
    );
  }
  for (const [dependency, range] of [...plugin.dependencies, ...plugin.optionalDependencies]) {
    const found = byId.get(dependency);
    if (found === undefined) {
      if (!plugin.dependencies.has(dependency)) continue;
      const suggestion = suggest(dependency, byId.keys());
      problems.push(
        createError('plugin_dependency_missing', { plugin: id, dependency, suggestion }),
      );
    } else if (!inRange(found.version, range)) {
      const params = { plugin: id, dependency, range, version: found.version };
      problems.push(createError('plugin_dependency_version', params));
    }
  }
  return problems;
}

function findProviders(
  plugins: readonly KernelPlugin[],
  problems: ObjectOSError[],
): ReadonlyMap<string, string> {
  const providers = new Map<string, string>();
  for (const plugin of plugins) {
    for (const service of plugin.provides) {
      const first = providers.get(service);
      if (first === undefined) providers.set(service, plugin.id);
      else problems.push(createError('service_conflict', { service, first, second: plugin.id }));
    }
  }
  return providers;
}

function missingServices(
  plugin: KernelPlugin,
  providers: ReadonlyMap<string, string>,
): ObjectOSError[] {
  return plugin.requires
    .filter((service) => !providers.has(service) && service !== healthService.id)
    .map((service) => {
      const suggestion = suggest(service, providers.keys());
      return createError('service_missing', {
        service,
        plugin: `Plugin "${plugin.id}"`,
        suggestion,
      });
    });
}

function from(providers: ReadonlyMap<string, string>, services: readonly string[]): string[] {
  return services.flatMap((service) => providers.get(service) ?? []);
}

async function parseConfigs(
  plugins: readonly KernelPlugin[],
  configured: ReadonlyMap<string, unknown>,
  problems: ObjectOSError[],
): Promise<ReadonlyMap<string, unknown>> {
  const configs = new Map<string, unknown>();
  for (const plugin of plugins) {
    const outcome = await parseConfig(plugin, configured.get(plugin.id) ?? plugin.config);
    if (outcome.ok) configs.set(plugin.id, outcome.value);
    else problems.push(outcome.error);
  }
  const ids = plugins.map((plugin) => plugin.id);
  for (const id of configured.keys()) {
    if (ids.includes(id)) continue;
    problems.push(
      createError('plugin_config_unknown', { plugin: id, suggestion: suggest(id, ids) }),
    );
  }
  return configs;
}
