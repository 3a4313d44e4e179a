import { createError, type ObjectOSError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { KernelPlugin } from './plugin.js';

/** The parsed configuration of a plugin, or why it is refused. */
export type ConfigOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ObjectOSError };

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Parses what the application configured for a plugin with the plugin's schema; once, into a frozen
 * value. Nothing configured is parsed as `{}`, so that defaults apply.
 */
export async function parseConfig(
  plugin: KernelPlugin,
  configured: unknown,
): Promise<ConfigOutcome> {
  const { configSchema: schema, id } = plugin;
  if (schema === undefined) {
    if (plugin.style === 'definition' && configured !== undefined) {
      return refuse(id, 'it takes no configuration');
    }
    return { ok: true, value: deepFreeze(structuredCopy(configured ?? {})) };
  }
  const result = await schema.safeParseAsync(configured ?? {});
  if (result.success) return { ok: true, value: deepFreeze(result.data) };
  return refuse(id, result.error.issues.map((issue) => describe(issue, schema)).join('; '));
}

function refuse(plugin: string, reason: string): ConfigOutcome {
  return { ok: false, error: createError('plugin_config_invalid', { plugin, reason }) };
}

function describe(issue: Issue, schema: unknown): string {
  const at = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') {
    return at.length === 0 ? issue.message : `"${at.join('.')}": ${issue.message}`;
  }
  const { keys } = issue as Issue & { readonly keys: readonly string[] };
  const known = knownKeys(schema, at);
  return keys
    .map((key) => {
      const near = suggest(key, known);
      const name = [...at, key].join('.');
      return `unknown key "${name}"${near === undefined ? '' : ` (did you mean "${[...at, near].join('.')}"?)`}`;
    })
    .join('; ');
}

/** The keys of the object schema at `path`; wrappers such as `.default()` are looked through. */
function knownKeys(schema: unknown, path: readonly string[]): string[] {
  let current = shapeOf(schema);
  for (const key of path) {
    current = Object.hasOwn(current, key) ? shapeOf(current[key]) : {};
  }
  return Object.keys(current);
}

function shapeOf(schema: unknown): Record<string, unknown> {
  if (typeof schema !== 'object' || schema === null) return {};
  if ('shape' in schema && typeof schema.shape === 'object' && schema.shape !== null) {
    return schema.shape as Record<string, unknown>;
  }
  if ('unwrap' in schema && typeof schema.unwrap === 'function') {
    return shapeOf((schema.unwrap as () => unknown).call(schema));
  }
  return {};
}

function structuredCopy(value: unknown): unknown {
  if (!isPlain(value)) return value;
  if (Array.isArray(value)) return value.map(structuredCopy);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, structuredCopy(part)]),
  );
}

/** Freezes data only: an instance that somebody configured keeps its own life. */
function deepFreeze(value: unknown): unknown {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
  return value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
