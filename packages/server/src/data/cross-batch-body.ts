import type { RecordData } from '@objectos/spec/contracts';
import { z } from 'zod';
import { checkLength, invalid, parse } from './bulk-body.js';
import { isRecord } from './read-request.js';

/** One operation of a batch over several objects. */
export interface CrossOperation {
  readonly object: string;
  readonly action: 'create' | 'update' | 'upsert' | 'delete';
  /** Of update and delete: the id, or a reference to the record of an earlier operation. */
  readonly id: unknown;
  readonly data: RecordData;
  /** The name by which later operations refer to the record of this one. */
  readonly ref: string | undefined;
  readonly by: readonly string[];
}

const operationSchema = z.strictObject({
  object: z.string().min(1).max(64),
  action: z.enum(['create', 'update', 'upsert', 'delete']).default('create'),
  id: z.unknown().optional(),
  data: z.record(z.string(), z.unknown()).default({}),
  ref: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/)
    .optional(),
  by: z.array(z.string().max(64)).max(8).default([]),
});
const bodySchema = z.strictObject({
  operations: z.array(z.unknown()),
  // Published clients send it; there is no other way.
  atomic: z.literal(true).default(true),
});

/** Reads `{operations: [{object, action, id, data, ref}]}`. @throws `body_invalid`, `limit_exceeded` */
export function crossBatchBody(body: unknown, max: number): CrossOperation[] {
  const { operations } = parse(bodySchema, body);
  checkLength(operations, 'batchItems', max);
  const refs = new Set<string>();
  return operations.map((one, index) => {
    if (!isRecord(one)) throw invalid(`operation ${index} is not an object`);
    const operation = parse(operationSchema, one);
    checkParts(operation, index);
    const { ref } = operation;
    if (ref !== undefined && refs.has(ref)) throw invalid(`the ref "${ref}" is used twice`);
    if (ref !== undefined) refs.add(ref);
    return { ...operation, id: operation.id, ref };
  });
}

function checkParts({ action, id, by }: z.output<typeof operationSchema>, index: number): void {
  const known = action === 'update' || action === 'delete';
  if (known && id === undefined) throw invalid(`operation ${index} has no id`);
  if (!known && id !== undefined) throw invalid(`operation ${index} must not have an id`);
  if (action === 'upsert' && by.length === 0) {
    throw invalid(`operation ${index} has no "by", the fields that find its record`);
  }
}
