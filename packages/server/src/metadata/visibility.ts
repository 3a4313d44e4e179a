import type { DataEngine, ExecutionContext } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { suggest, type MetadataType } from '@objectos/spec/metadata';
import type { MetadataItem, MetadataSnapshot, ObjectMeta } from '@objectql/core';
import { isOffered } from '../data/read-request.js';
import { isForEverybody } from './types.js';

/** An object as one reader may know it. */
export interface VisibleObject {
  readonly meta: ObjectMeta;
  readonly readable: ReadonlySet<string>;
}

/**
 * What of the metadata one reader may know. The engine decides, as it does for data: an object whose
 * records one may not read, and a field one may not read, do not exist here either.
 */
export interface MetadataReader {
  /** @throws `permission_denied` */
  requireType(type: MetadataType): void;
  object(name: string): VisibleObject | undefined;
  objects(): VisibleObject[];
  /** Items of a type that is not `object`, hidden ones left out. */
  items(type: MetadataType): MetadataItem[];
}

/** Reads `snapshot` with the eyes of `ctx.principal`. */
export function metadataReader(
  snapshot: MetadataSnapshot,
  engine: DataEngine,
  ctx: ExecutionContext,
): MetadataReader {
  const object = (name: string): VisibleObject | undefined => {
    const meta = snapshot.objects.get(name);
    if (meta === undefined || !isOffered(meta)) return undefined;
    const readable = readableFields(engine, name, ctx);
    return readable === undefined ? undefined : { meta, readable };
  };
  return {
    requireType(type) {
      if (ctx.principal.kind === 'system' || isForEverybody(type)) return;
      throw createError('permission_denied', {
        object: type,
        operation: 'read metadata of type',
        reason: 'it is for administrators',
      });
    },
    object,
    objects: () => [...snapshot.objects.keys()].flatMap((name) => object(name) ?? []),
    items(type) {
      const items = [...(snapshot.items.get(type)?.values() ?? [])];
      return items.filter((item) => {
        const about = item.value['object'];
        return typeof about !== 'string' || object(about) !== undefined;
      });
    },
  };
}

/** @throws `object_not_found`, the same for an object that is hidden and one that does not exist */
export function requireVisible(reader: MetadataReader, name: string): VisibleObject {
  const found = reader.object(name);
  if (found !== undefined) return found;
  const suggestion = suggest(
    name,
    reader.objects().map(({ meta }) => meta.name),
  );
  throw createError('object_not_found', { object: name.slice(0, 64), suggestion });
}

function readableFields(
  engine: DataEngine,
  object: string,
  ctx: ExecutionContext,
): ReadonlySet<string> | undefined {
  try {
    return engine.readableFields(object, ctx);
  } catch (error) {
    const hidden =
      isObjectOSError(error, 'permission_denied') || isObjectOSError(error, 'object_not_found');
    if (hidden) return undefined;
    throw error;
  }
}
