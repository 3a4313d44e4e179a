import { createError, isObjectOSError } from '@objectos/spec/errors';
import { fileTypeFromBuffer } from 'file-type';
import type { Sharp } from 'sharp';
import type { FilesConfig } from '../../config.js';
import type { ThumbnailSpec } from './request.js';

/** Images of pixels. SVG is a program and a page, and is not among them. */
const SOURCES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
]);
const QUALITY = 80;
const SECONDS = 20;
const WHITE = { r: 255, g: 255, b: 255, alpha: 1 };

/**
 * Makes a thumbnail: turned as the camera was held, without whatever else the camera wrote into the
 * file, never larger than the image. Works in threads of the library.
 *
 * @throws `thumbnail_not_possible`
 */
export async function makeThumbnail(
  image: Buffer,
  spec: ThumbnailSpec,
  { maxPixels }: Pick<FilesConfig['thumbnails'], 'maxPixels'>,
): Promise<Buffer> {
  // What the bytes are, whatever the file is called: nothing else reaches the library.
  const type = (await fileTypeFromBuffer(image))?.mime ?? 'no image';
  if (!SOURCES.has(type)) throw refused(`it is not an image of pixels, but ${type}`);
  const { default: sharp } = await import('sharp');
  const source = sharp(image, { limitInputPixels: maxPixels, failOn: 'error', pages: 1 });
  try {
    // Reads the head of the image only.
    const { width, height } = await sharp(image, { limitInputPixels: false }).metadata();
    if (width * height > maxPixels) {
      throw refused(`it has ${width} x ${height} pixels, and ${maxPixels} are the most`);
    }
    return await shrink(source, spec).timeout({ seconds: SECONDS }).toBuffer();
  } catch (cause) {
    if (isObjectOSError(cause)) throw cause;
    throw createError('thumbnail_not_possible', { reason: 'the image is damaged' }, { cause });
  }
}

function shrink(source: Sharp, { width, height, fit, format }: ThumbnailSpec): Sharp {
  const box = { width, height, fit, withoutEnlargement: fit !== 'contain', background: WHITE };
  const small = source.autoOrient().resize(box);
  switch (format) {
    case 'webp':
      return small.webp({ quality: QUALITY });
    case 'jpeg':
      // There is no transparency in it.
      return small.flatten({ background: WHITE }).jpeg({ quality: QUALITY });
    case 'png':
      return small.png();
  }
}

function refused(reason: string) {
  return createError('thumbnail_not_possible', { reason });
}
