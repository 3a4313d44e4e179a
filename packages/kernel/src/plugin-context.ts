import type { MaybePromise, PluginContext } from '@objectos/spec/contracts';
import type { KernelPlugin, PluginHost } from './plugin.js';
import type { Runtime } from './runtime.js';
import type { Scope } from './scope.js';
import { guardedStorage } from './storage.js';
import { createTimers } from './timers.js';

const DEFAULT_ORDER = 100;

type NamedHandler = (...args: readonly unknown[]) => MaybePromise<void>;

/** Makes what one run of a plugin is handed; everything registered through it belongs to `scope`. */
export function createPluginContext(
  plugin: KernelPlugin,
  config: unknown,
  scope: Scope,
  runtime: Runtime,
): PluginContext {
  const { services, events, hooks, contributions, carrier } = runtime;
  const { id } = plugin;
  const logger = runtime.logger.child({ plugin: id });
  const register = (action: string, undo: () => () => void | Promise<void>) => {
    scope.assertOpen(action);
    return scope.own(undo());
  };
  const context: PluginContext = {
    plugin: Object.freeze({ id, version: plugin.version }),
    config,
    logger,
    storage: guardedStorage(runtime.store.storage(id), scope),
    signal: scope.signal,
    provide: (ref, implementation) =>
      register(`provide "${ref.id}"`, () => services.provide(ref.id, id, implementation)),
    service: (ref) => services.get(ref.id) as never,
    on: (event, handler) =>
      register(`listen to "${event}"`, () => events.on(event, id, handler as NamedHandler)),
    emit: (event, payload) => events.emit(event, payload),
    hook: (hook, handler, options) =>
      register(`hook into "${hook}"`, () =>
        hooks.add(hook, id, handler as NamedHandler, options?.order ?? DEFAULT_ORDER),
      ),
    runHooks: (hook, payload) => hooks.run(hook, [payload]),
    hasHooks: (hook) => hooks.has(hook),
    hookOwners: (hook) => hooks.owners(hook),
    contribute: (point, value) =>
      register(`contribute to "${point.id}"`, () => contributions.contribute(point.id, id, value)),
    consume: (point, handler) =>
      register(`consume "${point.id}"`, () =>
        contributions.consume(point.id, id, handler as Parameters<typeof contributions.consume>[2]),
      ),
    ...createTimers({ scope, logger, chain: runtime.chain, timers: runtime.timers }),
    onDispose: (disposer) => void register('own anything', () => disposer),
    currentContext: () => carrier.current(),
    runInContext: (executionContext, work) => carrier.run(executionContext, work),
  };
  return Object.freeze(context);
}

/** Makes the part of the kernel that the styles use, for one run of a plugin. */
export function createPluginHost(
  plugin: KernelPlugin,
  scope: Scope,
  runtime: Runtime,
  state: () => string,
): PluginHost {
  const { hooks, events } = runtime;
  return {
    get state() {
      return state();
    },
    serviceIds: () => runtime.services.ids(),
    async trigger(name, args) {
      await hooks.run(name, args);
      events.emit(name, args[0], { hooksRan: true });
    },
    listen(name, handler) {
      scope.assertOpen(`hook into "${name}"`);
      scope.own(hooks.add(name, plugin.id, handler, DEFAULT_ORDER));
      scope.own(events.on(name, plugin.id, handler, { alsoHook: true }));
    },
  };
}
