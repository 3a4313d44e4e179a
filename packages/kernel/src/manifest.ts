import validRange from 'semver/ranges/valid.js';
import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import { pluginManifestSchema, suggest, type PluginManifest } from '@objectos/spec/metadata';
import { reasonOf } from './errors.js';
import type { AnyPluginDefinition, KernelPlugin, PluginInput } from './plugin.js';
import { fromDefinition } from './styles/definition.js';
import { fromManifest, type ManifestPlugin } from './styles/manifest-style.js';
import { fromObjectStack, isObjectStackShape } from './styles/objectstack.js';

/** What the application says about a plugin, and how to call it until its id is known. */
export interface EntryFacts {
  readonly name: string;
  readonly baseDir: string;
  readonly config: unknown;
  readonly optional: boolean;
}

const ENTRY_KEYS = ['plugin', 'baseDir', 'config', 'optional'];

/**
 * Turns a plugin of any style into the kernel's own form.
 * @throws `plugin_malformed`, naming the plugin, or its position if it has no name
 */
export function readPlugin(input: PluginInput, position: number): KernelPlugin {
  const fallback = `number ${position + 1} of the list`;
  try {
    const { plugin, facts } = unwrap(input, fallback);
    if ('kind' in plugin && plugin.kind === 'objectos.plugin') {
      return fromDefinition(plugin as AnyPluginDefinition, facts);
    }
    if (isObjectStackShape(plugin)) return fromObjectStack(plugin, facts);
    if ('id' in plugin || 'version' in plugin) return fromManifest(plugin as ManifestPlugin, facts);
    throw manifestProblem(facts.name, 'it has none of the plugin shapes');
  } catch (error) {
    if (isObjectOSError(error, 'plugin_malformed')) throw error;
    // A getter or proxy of the plugin itself may throw anything.
    throw createError(
      'plugin_malformed',
      { plugin: fallback, reason: reasonOf(error) },
      { cause: error },
    );
  }
}

function unwrap(input: unknown, fallback: string): { plugin: object; facts: EntryFacts } {
  const value = objectOf(input, fallback);
  if (!('plugin' in value) || 'kind' in value || 'id' in value) {
    const name = nameOf(value) ?? fallback;
    return { plugin: value, facts: { name, baseDir: '.', config: undefined, optional: false } };
  }
  const plugin = objectOf(value.plugin, fallback);
  const name = nameOf(plugin) ?? fallback;
  for (const key of Object.keys(value)) {
    if (!ENTRY_KEYS.includes(key)) {
      throw manifestProblem(name, `unknown key "${key}" beside it${hintFor(key, ENTRY_KEYS)}`);
    }
  }
  const { baseDir, config, optional } = value as Record<string, unknown>;
  if (baseDir !== undefined && typeof baseDir !== 'string') {
    throw manifestProblem(name, 'baseDir must be a string');
  }
  if (optional !== undefined && typeof optional !== 'boolean') {
    throw manifestProblem(name, 'optional must be true or false');
  }
  return { plugin, facts: { name, baseDir: baseDir ?? '.', config, optional: optional ?? false } };
}

function objectOf(value: unknown, fallback: string): object {
  if (typeof value === 'function') {
    throw manifestProblem(
      value.name === '' ? fallback : `"${value.name}"`,
      'it is a class or function; pass what it makes, e.g. new MyPlugin()',
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  throw manifestProblem(fallback, `it is ${kind}, not an object`);
}

function nameOf(plugin: object): string | undefined {
  const { manifest, id, name } = plugin as Record<string, unknown>;
  const inner = typeof manifest === 'object' && manifest !== null ? nameOf(manifest) : undefined;
  if (inner !== undefined) return inner;
  const found = typeof id === 'string' ? id : name;
  return typeof found === 'string' && found !== '' ? `"${found}"` : undefined;
}

/** The error that says what is wrong with a plugin's shape. */
export function manifestProblem(plugin: string, reason: string): ObjectOSError {
  return createError('plugin_malformed', { plugin, reason });
}

/** Validates the data of a manifest; all its problems are in one error. @throws `plugin_malformed` */
export function parseManifest(data: unknown, name: string): PluginManifest {
  const result = pluginManifestSchema.safeParse(data);
  if (!result.success) {
    throw manifestProblem(name, result.error.issues.map(describeIssue).join('; '));
  }
  const manifest = result.data;
  const ranges = [...rangesOf(manifest.dependencies), ...rangesOf(manifest.optionalDependencies)];
  if (manifest.engine !== undefined) ranges.push(['engine', manifest.engine]);
  for (const [key, range] of ranges) {
    if (validRange(range) === null) {
      throw manifestProblem(name, `"${key}": "${range}" is not a version range`);
    }
  }
  if (ranges.some(([key]) => key === manifest.id))
    throw manifestProblem(name, 'it depends on itself');
  return manifest;
}

interface ManifestIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function describeIssue(issue: ManifestIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const { keys } = issue as ManifestIssue & { readonly keys: readonly string[] };
    const known = Object.keys(pluginManifestSchema.shape);
    return keys.map((key) => `unknown key "${key}"${hintFor(key, known)}`).join('; ');
  }
  return issue.path.length === 0 ? issue.message : `"${issue.path.join('.')}": ${issue.message}`;
}

/** ` (did you mean "x"?)`, or nothing. */
export function hintFor(key: string, known: readonly string[]): string {
  const near = suggest(key, known);
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

function rangesOf(dependencies: PluginManifest['dependencies']): [string, string][] {
  if (dependencies === undefined) return [];
  return Array.isArray(dependencies)
    ? dependencies.map((id) => [id, '*'])
    : Object.entries(dependencies);
}

type ManifestPart = Omit<KernelPlugin, 'style' | 'setup' | 'install' | 'upgrade' | 'uninstall'>;

/** The part of the kernel's form that follows from the manifest and the entry alone. */
export function baseOf(manifest: PluginManifest, entry: EntryFacts): ManifestPart {
  return {
    id: manifest.id,
    version: manifest.version,
    manifest,
    dependencies: new Map(rangesOf(manifest.dependencies)),
    optionalDependencies: new Map(rangesOf(manifest.optionalDependencies)),
    requires: manifest.requiresServices ?? [],
    optionalRequires: [],
    provides: [...new Set(manifest.providesServices ?? [])],
    critical: manifest.critical ?? false,
    optional: entry.optional,
    baseDir: entry.baseDir,
    config: entry.config,
    configSchema: undefined,
    startupTimeout: undefined,
  };
}
