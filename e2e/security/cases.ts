import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ACTORS } from './world.js';

/** Where a read can be said. */
export const READ_SURFACES = [
  'list',
  'list v1',
  'query',
  'query v1',
  'export',
  'aggregate',
  'updateMany',
  'deleteMany',
] as const;

/** One of {@link READ_SURFACES}. */
export type ReadSurface = (typeof READ_SURFACES)[number];

const json = z.json();
const readSchema = z.strictObject({
  object: z.string().default('contract'),
  filter: json.optional(),
  sort: z.string().optional(),
  select: z.string().optional(),
  search: z.string().optional(),
  expand: z.string().optional(),
  groupBy: z.string().optional(),
  aggregations: z.string().optional(),
  having: json.optional(),
  cursor: z.string().optional(),
  top: z.string().optional(),
});

const requestSchema = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** Names of the world in braces stand for ids: `/api/data/contract/{R1}`. */
  path: z.string().startsWith('/'),
  headers: z.record(z.string(), z.string()).default({}),
  /** Text is sent as it is; everything else as JSON. */
  body: json.optional(),
});

const expectSchema = z.strictObject({
  status: z.union([z.number(), z.array(z.number())]),
  code: z.union([z.string(), z.array(z.string())]).optional(),
  /** Most statements on the application's tables. */
  statements: z.number().default(12),
  /** Names of the records that are answered, exactly. */
  rows: z.array(z.string()).optional(),
  total: z.number().optional(),
  /** Parts of the body, by path: `data.record.title`. */
  body: z.record(z.string(), json).optional(),
  contains: z.array(z.string()).default([]),
  lacks: z.array(z.string()).default([]),
  header: z.record(z.string(), z.string()).default({}),
  /** The answer is, byte for byte, that of the request with one text in the place of another. */
  sameAs: z.strictObject({ instead: z.string(), use: z.string() }).optional(),
  /** Something is changed; without it the case fails when something is. */
  changes: z.boolean().default(false),
});

const caseSchema = z
  .strictObject({
    /** Row of the threat table, as `rows.yml` lists it. */
    row: z.int(),
    name: z.string(),
    as: z.union([z.enum(ACTORS), z.array(z.enum(ACTORS))]),
    read: readSchema.optional(),
    /** Of a read: not everywhere, but here. */
    on: z.array(z.enum(READ_SURFACES)).optional(),
    request: requestSchema.optional(),
    expect: expectSchema,
  })
  .refine(
    ({ read, request }) => (read === undefined) !== (request === undefined),
    'read or request',
  );

/** One golden case: who sends what, and what comes of it. */
export type GoldenCase = z.output<typeof caseSchema>;

/** The request of a case. */
export type CaseRequest = z.output<typeof requestSchema>;

/** Reads all cases. */
export function loadCases(): (GoldenCase & { readonly file: string })[] {
  const folder = path.join(import.meta.dirname, 'cases');
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const text = readFileSync(path.join(folder, file), 'utf8');
      return z
        .array(caseSchema)
        .parse(parse(text))
        .map((one) => ({ ...one, file }));
    });
}
