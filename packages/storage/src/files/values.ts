import type { RecordData, StoredFile } from '@objectos/spec/contracts';
import type { FieldDefinition } from '@objectos/spec/metadata';
import type { FieldMeta, ObjectMeta } from '@objectql/core';
import { endingOf } from './names.js';
import { matchesType } from './content-type.js';

/** Types of fields whose values are files. */
export const FILE_TYPES: ReadonlySet<string> = new Set([
  'file',
  'image',
  'avatar',
  'video',
  'audio',
]);

/** Types of fields that take one kind of file only. */
const KINDS: Readonly<Record<string, RegExp>> = {
  image: /^image\//,
  avatar: /^image\//,
  video: /^video\//,
  audio: /^audio\//,
};
const MAX_FILES = 100;
const ADDRESS = /^https?:\/\/[^\s\\]+$/i;

/** A file as the value of a field: what a client needs to show it. */
export interface FileValue {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  /** Where its content is, relative to the server. */
  readonly url: string;
}

/** What a value says: a file of ours, a file elsewhere, or nothing that is one. */
export type FileReference =
  | { readonly kind: 'file'; readonly id: string }
  | { readonly kind: 'address'; readonly url: string }
  | { readonly kind: 'wrong'; readonly reason: string };

/** The fields of an object that hold files. */
export function fileFields(meta: ObjectMeta | undefined): readonly FieldMeta[] {
  if (meta === undefined) return [];
  return [...meta.fields.values()].filter(({ type }) => FILE_TYPES.has(type));
}

/** Reads what a client or an earlier write gave as a value. */
export function readReference(value: unknown): FileReference {
  if (typeof value === 'string') {
    if (ADDRESS.test(value)) return { kind: 'address', url: value };
    return isId(value)
      ? { kind: 'file', id: value }
      : { kind: 'wrong', reason: 'it is neither the id of a file nor an http address' };
  }
  if (typeof value === 'object' && value !== null) {
    const given = value as Readonly<Record<string, unknown>>;
    const id = given['id'] ?? given['fileId'];
    if (isId(id)) return { kind: 'file', id };
  }
  return { kind: 'wrong', reason: 'it is not the id of a file' };
}

/** The values of a field, as a list. */
export function valuesOf(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** Ids of the files that a field of a record has. */
export function fileIds(record: Readonly<RecordData>, field: string): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const value of valuesOf(record[field])) {
    const reference = readReference(value);
    if (reference.kind === 'file') ids.add(reference.id);
  }
  return ids;
}

/** A file as the value that is stored. */
export function toValue({ id, name, size, contentType }: StoredFile): FileValue {
  return { id, name, size, contentType, url: `/api/storage/files/${id}/content` };
}

/** Why a field does not take a file; `undefined` when it does. */
export function whyRefused(
  { type, definition }: FieldMeta,
  { name, size, contentType }: StoredFile,
): string | undefined {
  const kind = KINDS[type];
  if (kind !== undefined && !kind.test(contentType)) return `"${contentType}" is no ${type}`;
  const limits = limitsOf(definition);
  if (limits === undefined) return undefined;
  const { minSize, maxSize, allowedTypes, blockedTypes, allowedMimeTypes } = limits;
  const ending = endingOf(name);
  if (minSize !== undefined && size < minSize) return `it has less than ${minSize} bytes`;
  if (maxSize !== undefined && size > maxSize) return `it has more than ${maxSize} bytes`;
  const fits = (patterns: readonly string[]) =>
    patterns.some((pattern) => matchesType(asPattern(pattern), contentType, ending));
  if (blockedTypes !== undefined && fits(blockedTypes)) return `"${name}" has a blocked type`;
  const allowed = [...(allowedTypes ?? []), ...(allowedMimeTypes ?? [])];
  if (allowed.length > 0 && !fits(allowed)) return `it takes ${allowed.join(', ')}`;
  return undefined;
}

/** Most files of one field. */
export function tooMany(values: readonly unknown[]): string | undefined {
  return values.length > MAX_FILES ? `it has more than ${MAX_FILES} files` : undefined;
}

function limitsOf(definition: FieldDefinition) {
  return 'fileAttachmentConfig' in definition ? definition.fileAttachmentConfig : undefined;
}

/** Endings are written with and without their dot. */
function asPattern(pattern: string): string {
  return pattern.includes('/') || pattern.startsWith('.') ? pattern : `.${pattern}`;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value);
}
