/** What becomes of one key of a metadata format. */
export interface LedgerEntry {
  /** A key path (`fields.*.maxLength`), or with `=` one value of a key (`fields.*.type=secret`). */
  readonly key: string;
  /** `experimental`: accepted and served, without effect until something else is there. */
  readonly status: 'active' | 'experimental';
  /** The module that reads it, as `package/path`, or the plugin that will. */
  readonly consumer: string;
  /** The plugin whose absence makes it inactive. */
  readonly plugin?: string | undefined;
}

/** Keys that `consumer` reads today. */
export function active(consumer: string, keys: readonly string[]): LedgerEntry[] {
  return keys.map((key) => ({ key, status: 'active', consumer }));
}

/** Keys that have no effect until `plugin` is loaded. */
export function experimental(plugin: string, keys: readonly string[]): LedgerEntry[] {
  return keys.map((key) => ({ key, status: 'experimental', consumer: plugin, plugin }));
}

/** Keys that the module `consumer` of `plugin` reads; without the plugin they have no effect. */
export function ofPlugin(plugin: string, consumer: string, keys: readonly string[]): LedgerEntry[] {
  return keys.map((key) => ({ key, status: 'experimental', consumer, plugin }));
}

/** `prefix` itself, and each of `keys` below it. */
export function under(prefix: string, keys: readonly string[]): string[] {
  return [prefix, ...keys.map((key) => `${prefix}.${key}`)];
}
