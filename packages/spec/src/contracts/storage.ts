/** Key-value storage that belongs to one plugin; keys of others are out of reach. */
export interface PluginStorage {
  get(key: string): Promise<unknown>;
  /** `value` must be JSON. */
  set(key: string, value: unknown): Promise<void>;
  /**
   * Stores a value unless there is one: what several nodes must agree on, such as a secret, is made
   * once. `value` must be JSON.
   *
   * @returns what is kept from now on, whoever was first
   */
  setIfAbsent(key: string, value: unknown): Promise<unknown>;
  delete(key: string): Promise<boolean>;
  keys(): Promise<string[]>;
}

/** What the kernel remembers of an installed plugin between runs. */
export interface InstalledPlugin {
  readonly id: string;
  readonly version: string;
  readonly enabled: boolean;
}

/**
 * Where the kernel keeps plugin state and plugin storage. In memory by default; the application
 * passes one on its database, so that install runs once.
 */
export interface KernelStateStore {
  loadPlugins(): Promise<InstalledPlugin[]>;
  savePlugin(plugin: InstalledPlugin): Promise<void>;
  removePlugin(id: string): Promise<void>;
  storage(pluginId: string): PluginStorage;
  /**
   * Runs work that no other node on this store may run at the same time; others wait. A boot that
   * installs or upgrades asks for it. Absent: the store has one user.
   */
  exclusive?<T>(work: () => Promise<T>): Promise<T>;
}
