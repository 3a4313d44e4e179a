import type { DataEngine, Disposer, ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FieldMeta, MetadataSnapshot } from '@objectql/core';
import type { FileAccess } from './access.js';
import type { FileLink, FileLinks } from './links.js';
import { findFile, noteDetached } from './rows.js';
import {
  fileFields,
  fileIds,
  readReference,
  tooMany,
  toValue,
  valuesOf,
  whyRefused,
} from './values.js';

/** What the hooks on records with files need. */
export interface RecordHookParts {
  readonly engine: DataEngine;
  readonly access: FileAccess;
  readonly links: FileLinks;
  readonly snapshot: () => MetadataSnapshot;
}

const OWNER = { owner: '@objectos/storage' };

/**
 * Files as values of records: before a write each one is looked up, checked against the field's
 * limits and brought into one form; after it, its place is noted in the same transaction.
 *
 * A deleted record keeps the places of its files, for it may come back from the trash; they are
 * removed once it is gone for good.
 *
 * @returns what takes the hooks of this object away again
 */
export function hookRecords(object: string, parts: RecordHookParts): Disposer {
  const { engine, links, snapshot } = parts;
  const fields = () => fileFields(snapshot().objects.get(object));
  const attach = async (added: readonly FileLink[], ctx: ExecutionContext): Promise<void> => {
    await links.add(added, ctx);
    // Noting the place waited for whoever was removing the file; now it shows whether it still is.
    for (const { fileId, field } of added) {
      if ((await findFile(engine, fileId, ctx)) !== undefined) continue;
      throw createError('file_reference_invalid', {
        object,
        field,
        reason: `there is no file "${fileId}"`,
      });
    }
  };
  const noted = async (
    id: string,
    before: Readonly<RecordData>,
    after: Readonly<RecordData>,
    ctx: ExecutionContext,
  ): Promise<void> => {
    const { added, removed } = difference(object, id, fields(), before, after);
    if (added.length > 0) await attach(added, ctx);
    if (removed.length === 0) return;
    await links.remove(removed, ctx);
    for (const { fileId } of removed) await noteDetached(engine, fileId, ctx);
  };
  const disposers = [
    engine.hook(
      'beforeInsert',
      object,
      ({ data, ctx }) => resolve(parts, { object, fields: fields(), data, previous: {}, ctx }),
      OWNER,
    ),
    engine.hook(
      'beforeUpdate',
      object,
      ({ data, previous, ctx }) =>
        resolve(parts, { object, fields: fields(), data, previous, ctx }),
      OWNER,
    ),
    engine.hook('afterInsert', object, ({ id, record, ctx }) => noted(id, {}, record, ctx), OWNER),
    engine.hook(
      'afterUpdate',
      object,
      ({ id, previous, record, ctx }) => noted(id, previous, record, ctx),
      OWNER,
    ),
  ];
  return () => disposers.forEach((dispose) => void dispose());
}

interface Change {
  readonly object: string;
  readonly fields: readonly FieldMeta[];
  readonly data: RecordData;
  readonly previous: Readonly<RecordData>;
  readonly ctx: ExecutionContext;
}

async function resolve(parts: RecordHookParts, change: Change): Promise<void> {
  const { object, fields, data } = change;
  for (const field of fields) {
    const value = data[field.name];
    if (value === undefined || value === null) continue;
    const given = valuesOf(value);
    const problem = tooMany(given);
    if (problem !== undefined) throw invalid(object, field, problem);
    const values: unknown[] = [];
    for (const one of given) values.push(await resolveOne(parts, change, field, one));
    data[field.name] = field.multiple ? values : values[0];
  }
}

async function resolveOne(
  { engine, access }: RecordHookParts,
  { object, previous, ctx }: Change,
  field: FieldMeta,
  value: unknown,
): Promise<unknown> {
  const reference = readReference(value);
  if (reference.kind === 'wrong') throw invalid(object, field, reference.reason);
  if (reference.kind === 'address') return reference.url;
  const file = await findFile(engine, reference.id, ctx);
  const isKept = fileIds(previous, field.name).has(reference.id);
  // A file of others is one that does not exist, or anybody could read files by their ids.
  if (file === undefined || !(isKept || (await access.mayUse(file, ctx)))) {
    throw invalid(object, field, `there is no file "${reference.id}"`);
  }
  // As it is stored: a database may have put its keys in another order, and that is no change.
  if (isKept) return storedValue(previous[field.name], file.id) ?? toValue(file);
  if (file.status !== 'ready') throw createError('file_quarantined', { id: file.id });
  const refused = whyRefused(field, file);
  if (refused !== undefined) throw invalid(object, field, refused);
  return toValue(file);
}

function storedValue(stored: unknown, id: string): unknown {
  return valuesOf(stored).find((value) => {
    const reference = readReference(value);
    return typeof value === 'object' && reference.kind === 'file' && reference.id === id;
  });
}

function difference(
  object: string,
  recordId: string,
  fields: readonly FieldMeta[],
  before: Readonly<RecordData>,
  after: Readonly<RecordData>,
): { readonly added: FileLink[]; readonly removed: FileLink[] } {
  const added: FileLink[] = [];
  const removed: FileLink[] = [];
  for (const { name: field } of fields) {
    const [old, now] = [fileIds(before, field), fileIds(after, field)];
    for (const fileId of now) if (!old.has(fileId)) added.push({ fileId, object, recordId, field });
    for (const fileId of old)
      if (!now.has(fileId)) removed.push({ fileId, object, recordId, field });
  }
  return { added, removed };
}

function invalid(object: string, field: FieldMeta, reason: string): Error {
  return createError('file_reference_invalid', { object, field: field.name, reason });
}
