import { z } from 'zod';

/**
 * Events by name: facts in the past tense, delivered after commit. Other packages add theirs by
 * declaration merging (`declare module '@objectos/spec/contracts' { interface EventMap { … } }`)
 * beside a {@link defineEvent} value.
 */
export interface EventMap {
  'data.record.created': z.infer<typeof recordCreated.schema>;
  'data.record.updated': z.infer<typeof recordUpdated.schema>;
  'data.record.deleted': z.infer<typeof recordDeleted.schema>;
  'data.record.restored': z.infer<typeof recordCreated.schema>;
  'metadata.changed': z.infer<typeof metadataChanged.schema>;
  'data.migration.progressed': z.infer<typeof migrationProgressed.schema>;
  'kernel.ready': z.infer<typeof kernelReady.schema>;
  'kernel.stopping': z.infer<typeof kernelReady.schema>;
  'plugin.started': z.infer<typeof pluginChanged.schema>;
  'plugin.stopped': z.infer<typeof pluginChanged.schema>;
  'auth.event': z.infer<typeof signInEvent.schema>;
}

/** Name of a declared event. */
export type EventName = keyof EventMap;

/** An event as a value: its name and the schema of its payload. */
export interface EventDefinition<N extends string, S extends z.ZodType> {
  readonly name: N;
  readonly schema: S;
}

/** Declares an event: `defineEvent('data.record.created', z.strictObject({ … }))`. */
export function defineEvent<N extends string, S extends z.ZodType>(
  name: N,
  schema: S,
): EventDefinition<N, S> {
  return { name, schema };
}

const recordFact = {
  object: z.string(),
  id: z.string(),
  revision: z.number().int(),
  /** Position in the change log; a consumer can read on from here. */
  actor: z.string(),
  tenantId: z.string().nullable(),
  requestId: z.string(),
  at: z.string(),
};

/** A record was inserted and the transaction committed. */
export const recordCreated = defineEvent('data.record.created', z.strictObject(recordFact));

/** A record was changed; `changed` names the fields. */
export const recordUpdated = defineEvent(
  'data.record.updated',
  z.strictObject({ ...recordFact, changed: z.array(z.string()) }),
);

/** A record was deleted, or put into the trash. */
export const recordDeleted = defineEvent(
  'data.record.deleted',
  z.strictObject({ ...recordFact, soft: z.boolean() }),
);

/** A record came back from the trash. */
export const recordRestored = defineEvent('data.record.restored', z.strictObject(recordFact));

/** A new metadata snapshot is in force. */
export const metadataChanged = defineEvent(
  'metadata.changed',
  z.strictObject({ version: z.string(), objects: z.array(z.string()) }),
);

/** A load of metadata goes on migrating the database, or waits for another process that does. */
export const migrationProgressed = defineEvent(
  'data.migration.progressed',
  z.strictObject({
    id: z.string(),
    /** `null` between two steps. */
    step: z.string().nullable(),
    percent: z.int().min(0).max(100),
  }),
);

/** The kernel finished its boot, or begins to stop. */
export const kernelReady = defineEvent(
  'kernel.ready',
  z.strictObject({ plugins: z.array(z.string()) }),
);

/** The kernel begins to stop. */
export const kernelStopping = defineEvent(
  'kernel.stopping',
  z.strictObject({ plugins: z.array(z.string()) }),
);

const pluginFact = z.strictObject({ plugin: z.string(), version: z.string() });

/** One plugin was started, at boot or later. */
export const pluginChanged = defineEvent('plugin.started', pluginFact);

/** One plugin was stopped, on its own or with the kernel. */
export const pluginStopped = defineEvent('plugin.stopped', pluginFact);

/** Something happened at the door: for audit and alarms. Told after the fact, failures included. */
export const signInEvent = defineEvent(
  'auth.event',
  z.strictObject({
    /** `sign_in_started`, `sign_in`, `sign_in_failed`, `sign_out`, `impersonation_started`, … */
    kind: z.string(),
    /** Path of the endpoint below `/api/auth`. */
    endpoint: z.string(),
    userId: z.string().nullable(),
    /** The account that was tried, when nobody was signed in. */
    account: z.string().nullable(),
    /** The administrator behind an impersonation. */
    impersonatedBy: z.string().nullable(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string(),
    at: z.string(),
    /** Error code of a failure. */
    code: z.string().nullable(),
  }),
);

/** Every first-party event, by name. */
export const eventDefinitions = {
  'data.record.created': recordCreated,
  'data.record.updated': recordUpdated,
  'data.record.deleted': recordDeleted,
  'data.record.restored': recordRestored,
  'metadata.changed': metadataChanged,
  'data.migration.progressed': migrationProgressed,
  'kernel.ready': kernelReady,
  'kernel.stopping': kernelStopping,
  'plugin.started': pluginChanged,
  'plugin.stopped': pluginStopped,
  'auth.event': signInEvent,
} as const satisfies Record<EventName, EventDefinition<string, z.ZodType>>;
