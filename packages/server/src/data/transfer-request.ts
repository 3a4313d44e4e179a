import { createError } from '@objectos/spec/errors';
import type { ExportOptions, ImportOptions, TransferFormat } from '@objectql/core/transfer';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Bodies of an import, by content type. */
export const IMPORT_TYPES: Readonly<Record<string, TransferFormat>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
};

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const names = z
  .string()
  .max(4_000)
  .transform((text) => text.split(',').map((name) => name.trim()));
const whole = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);

const exportSchema = z.strictObject({
  format: z.enum(['csv', 'jsonl']).default('csv'),
  header: z
    .enum(['name', 'label', 'none', 'true', 'false'])
    .default('name')
    .transform((text) => (text === 'true' ? 'name' : text === 'false' ? 'none' : text)),
  limit: whole.optional(),
  bom: flag.default(false),
});

const importSchema = z.strictObject({
  key: names.optional(),
  mode: z.enum(['insert', 'update', 'upsert']).optional(),
  delimiter: z.string().optional(),
  clearEmpty: flag.default(false),
  dryRun: flag.default(false),
  skipRows: whole.default(0),
  mapping: z.string().max(100_000).transform(readMapping).default({}),
});

const EXPORT_NAMES = new Set(Object.keys(exportSchema.shape));

/** How to export, and the rest of the query string, which says what. */
export function exportRequest(search: string): {
  readonly settings: Pick<ExportOptions, 'format' | 'header' | 'limit' | 'byteOrderMark'>;
  readonly query: URLSearchParams;
} {
  const query = new URLSearchParams(search);
  const own: [string, string][] = [];
  for (const [name, value] of [...query]) {
    if (!EXPORT_NAMES.has(name)) continue;
    own.push([name, value]);
    query.delete(name);
  }
  const { bom, ...settings } = read(exportSchema, Object.fromEntries(own));
  return { settings: { ...settings, byteOrderMark: bom }, query };
}

/** How to import a body. @throws `invalid_parameter`, `unsupported_media_type` */
export function importRequest(
  { headers }: FastifyRequest,
  search: string,
): Omit<ImportOptions, 'object'> {
  const contentType = headers['content-type'] ?? 'no content type';
  const format = IMPORT_TYPES[(contentType.split(';')[0] ?? '').trim().toLowerCase()];
  if (format === undefined) throw createError('unsupported_media_type', { contentType });
  const settings = read(importSchema, Object.fromEntries(new URLSearchParams(search)));
  return { format, ...settings };
}

function readMapping(text: string, context: z.RefinementCtx): Record<string, string | null> {
  const schema = z.record(z.string(), z.string().nullable());
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below, like any other text that is no mapping.
  }
  context.addIssue({
    code: 'custom',
    message: 'expected a JSON object of column to field, or to null',
  });
  return z.NEVER;
}

function read<S extends z.ZodType>(
  schema: S,
  given: Readonly<Record<string, string>>,
): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    throw createError('unknown_parameter', { parameter: (issue.keys[0] ?? '').slice(0, 60) });
  }
  throw createError('invalid_parameter', {
    parameter: String(issue?.path[0] ?? ''),
    reason: issue?.message ?? 'it has another form',
  });
}
