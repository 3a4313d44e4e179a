import { createError } from '@objectos/spec/errors';
import type { FilesConfig } from '../../config.js';

/** Formats that thumbnails are made in. */
export const THUMBNAIL_FORMATS = ['webp', 'jpeg', 'png'] as const;
/** How an image fits into a size: cut off, with bars, or wholly inside. */
export const THUMBNAIL_FITS = ['inside', 'cover', 'contain'] as const;

/** A thumbnail as a request asks for it. */
export interface ThumbnailSpec {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly fit: (typeof THUMBNAIL_FITS)[number];
  readonly format: (typeof THUMBNAIL_FORMATS)[number];
}

const PARAMETERS = ['width', 'height', 'fit', 'format'];

/**
 * The thumbnail that a request asks for; `undefined` for one that asks for the file itself. Only sizes
 * that the configuration names are made: else anybody could fill the disk, one pixel at a time.
 *
 * @throws `invalid_parameter`
 */
export function thumbnailOf(
  query: URLSearchParams,
  { sizes }: FilesConfig['thumbnails'],
): ThumbnailSpec | undefined {
  if (!PARAMETERS.some((name) => query.has(name))) return undefined;
  const width = pixels(query, 'width');
  const height = pixels(query, 'height');
  const allowed = sizes.some((size) => size.width === width && size.height === height);
  if (!allowed) {
    const known = sizes.map((size) => `${size.width ?? ''}x${size.height ?? ''}`).join(', ');
    throw invalid('width', `the sizes of this installation are ${known}`);
  }
  return {
    width,
    height,
    fit: oneOf(query, 'fit', THUMBNAIL_FITS),
    format: oneOf(query, 'format', THUMBNAIL_FORMATS),
  };
}

/** Names a thumbnail of a file, in keys and entity tags. */
export function variantOf({ width, height, fit, format }: ThumbnailSpec): string {
  return `${width ?? ''}x${height ?? ''}-${fit}.${format}`;
}

function pixels(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw invalid(name, 'it is a number of pixels');
}

function oneOf<T extends string>(query: URLSearchParams, name: string, values: readonly T[]): T {
  const [first] = values;
  const text = query.get(name) ?? first;
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw invalid(name, `it is one of ${values.join(', ')}`);
}

function invalid(parameter: string, reason: string) {
  return createError('invalid_parameter', { parameter, reason });
}
