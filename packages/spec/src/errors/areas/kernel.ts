import { entry } from '../define.js';
import { didYouMean } from './shared.js';

/** Errors of the kernel: plugins, dependencies, services, lifecycle. */
export const kernelErrors = {
  kernel_boot_failed: entry<{ count: number; problems: readonly string[] }>({
    category: 'server',
    status: 500,
    message: (p) => `The kernel did not start: ${p.problems.join(' | ')}`,
    hint: () => 'Every problem is listed; nothing was left running.',
  }),
  kernel_state: entry<{ action: string; state: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The kernel cannot ${p.action} while it is ${p.state}.`,
    hint: () => 'A kernel is booted once and stopped once; plugins change only while it runs.',
  }),
  plugin_malformed: entry<{ plugin: string; reason: string }>({
    category: 'validation',
    status: 500,
    message: (p) => `Plugin ${p.plugin} is malformed: ${p.reason}.`,
    hint: () =>
      'Use definePlugin(...), or a manifest with id and version, or an object with name and init.',
  }),
  plugin_duplicate: entry<{ plugin: string }>({
    category: 'conflict',
    status: 500,
    message: (p) => `Two plugins have the id "${p.plugin}".`,
    hint: () => 'Remove one of them, or give it another id.',
  }),
  plugin_not_found: entry<{ plugin: string; suggestion?: string | undefined }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no plugin "${p.plugin}".${didYouMean(p.suggestion)}`,
    hint: () => 'Use the id of a loaded plugin.',
  }),
  plugin_engine_mismatch: entry<{ plugin: string; range: string; version: string }>({
    category: 'validation',
    status: 500,
    message: (p) => `Plugin "${p.plugin}" needs kernel ${p.range}; this is ${p.version}.`,
    hint: () => 'Install a version of the plugin that fits, or another version of the kernel.',
  }),
  plugin_dependency_missing: entry<{
    plugin: string;
    dependency: string;
    suggestion?: string | undefined;
  }>({
    category: 'validation',
    status: 500,
    message: (p) =>
      `Plugin "${p.plugin}" depends on "${p.dependency}", which is not loaded.${didYouMean(p.suggestion)}`,
    hint: (p) => `Add the plugin "${p.dependency}", or move it to optionalDependencies.`,
  }),
  plugin_dependency_version: entry<{
    plugin: string;
    dependency: string;
    range: string;
    version: string;
  }>({
    category: 'validation',
    status: 500,
    message: (p) =>
      `Plugin "${p.plugin}" needs "${p.dependency}" ${p.range}; version ${p.version} is loaded.`,
    hint: (p) => `Load a version of "${p.dependency}" in the range ${p.range}.`,
  }),
  plugin_dependency_cycle: entry<{ path: readonly string[] }>({
    category: 'validation',
    status: 500,
    message: (p) => `Plugins depend on each other in a cycle: ${p.path.join(' -> ')}.`,
    hint: () =>
      'Break the cycle: let one of them use an event, or a service looked up when needed.',
  }),
  plugin_config_invalid: entry<{ plugin: string; reason: string }>({
    category: 'validation',
    status: 500,
    message: (p) => `The configuration of plugin "${p.plugin}" is not valid: ${p.reason}.`,
    hint: () => 'Correct the named key, or leave it out to use its default.',
  }),
  plugin_config_unknown: entry<{ plugin: string; suggestion?: string | undefined }>({
    category: 'validation',
    status: 500,
    message: (p) =>
      `There is configuration for "${p.plugin}", which is not a loaded plugin.${didYouMean(p.suggestion)}`,
    hint: () => 'Correct the id, or remove this configuration.',
  }),
  plugin_downgrade: entry<{ plugin: string; from: string; to: string }>({
    category: 'conflict',
    status: 500,
    message: (p) =>
      `Plugin "${p.plugin}" is installed at ${p.from}; version ${p.to} would be a downgrade.`,
    hint: (p) => `Load version ${p.from} or later, or uninstall the plugin first.`,
  }),
  plugin_failed: entry<{ plugin: string; phase: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `Plugin "${p.plugin}" failed in ${p.phase}: ${p.reason}`,
    hint: () => 'The cause has the stack. Everything that the plugin had registered was undone.',
  }),
  plugin_timeout: entry<{ plugin: string; phase: string; milliseconds: number }>({
    category: 'server',
    status: 500,
    message: (p) =>
      `Plugin "${p.plugin}" did not finish ${p.phase} within ${p.milliseconds} milliseconds.`,
    hint: () => 'Start long work in the background, or raise the timeout of this phase.',
  }),
  plugin_blocked: entry<{ plugin: string; dependency: string; reason: string }>({
    category: 'conflict',
    status: 500,
    message: (p) =>
      `Plugin "${p.plugin}" cannot run: it needs "${p.dependency}", which ${p.reason}.`,
    hint: (p) => `Make "${p.dependency}" run first.`,
  }),
  plugin_critical: entry<{ plugin: string; action: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `Plugin "${p.plugin}" is critical: it cannot be ${p.action}.`,
    hint: () =>
      'Without a critical plugin all data stays closed. Remove it from the application instead.',
  }),
  plugin_in_use: entry<{ plugin: string; by: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) => `Plugin "${p.plugin}" cannot be uninstalled: ${p.by.join(', ')} need it.`,
    hint: () => 'Uninstall the plugins that need it first.',
  }),
  plugin_change_refused: entry<{ plugin: string; action: string; problems: readonly string[] }>({
    category: 'validation',
    status: 400,
    message: (p) => `Plugin "${p.plugin}" cannot be ${p.action}: ${p.problems.join(' | ')}`,
    hint: () => 'Nothing was changed; what ran before still runs.',
  }),
  plugin_scope_closed: entry<{ plugin: string; action: string }>({
    category: 'conflict',
    status: 500,
    message: (p) => `Plugin "${p.plugin}" may not ${p.action} any more: it was stopped.`,
    hint: () => 'Watch ctx.signal and end your work when it aborts.',
  }),
  plugin_storage_value: entry<{ plugin: string; key: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `Plugin "${p.plugin}" cannot store "${p.key}": ${p.reason}.`,
    hint: () => 'Store JSON: null, booleans, finite numbers, strings, arrays and plain objects.',
  }),
  plugin_import_failed: entry<{ file: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `No plugin could be imported from ${p.file}: ${p.reason}`,
    hint: () => 'Export the plugin as the default export, or as an export named "plugin".',
  }),
  service_missing: entry<{ service: string; plugin: string; suggestion?: string | undefined }>({
    category: 'validation',
    status: 500,
    message: (p) =>
      `${p.plugin} needs the service "${p.service}", which nobody provides.${didYouMean(p.suggestion)}`,
    hint: () => 'Load a plugin that declares it in "provides", or ask for it with optional(ref).',
  }),
  service_conflict: entry<{ service: string; first: string; second: string }>({
    category: 'conflict',
    status: 500,
    message: (p) => `Both "${p.first}" and "${p.second}" provide the service "${p.service}".`,
    hint: () => 'Load only one of them.',
  }),
  service_not_provided: entry<{ service: string; plugin: string }>({
    category: 'server',
    status: 500,
    message: (p) =>
      `Plugin "${p.plugin}" declares the service "${p.service}" but did not provide it.`,
    hint: () => 'Call ctx.provide(ref, implementation) before setup returns.',
  }),
  event_payload_invalid: entry<{ event: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The payload of event "${p.event}" is not valid: ${p.reason}.`,
    hint: () => 'Emit what the schema of the event says. It is checked in strict mode only.',
  }),
  event_recursion_limit: entry<{ limit: number; chain: readonly string[] }>({
    category: 'conflict',
    status: 500,
    message: (p) =>
      `Events caused each other more than ${p.limit} levels deep: ${p.chain.join(' -> ')}.`,
    hint: () => 'Break the loop: a handler must not emit when nothing changes.',
  }),
};
