import { ACCESS_OPERATIONS } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import { readSources } from '@objectql/core/node';
import { parse } from 'yaml';
import { z } from 'zod';

const userSchema = z.strictObject({
  /** Roles of the sign-in, also assigned as records, so that the hierarchy counts. */
  roles: z.array(z.string()).default([]),
  sets: z.array(z.string()).default([]),
  groups: z.array(z.string()).default([]),
  /** Fields of the user's record. */
  record: z.record(z.string(), z.json()).default({}),
});

const fixtureSchema = z.strictObject({
  object: z.string(),
  id: z.string().min(1).max(64),
  owner: z.string().optional(),
  data: z.record(z.string(), z.json()).default({}),
});

/** What a case may end with: the right is missing, the record is hidden, or the request is refused. */
export const OUTCOMES = ['allowed', 'denied', 'hidden', 'refused'] as const;

/** One of {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

const caseSchema = z.strictObject({
  name: z.string().optional(),
  as: z.string(),
  does: z.enum(ACCESS_OPERATIONS.filter((operation) => operation !== 'export')),
  object: z.string(),
  /** A record; a read without one lists. */
  id: z.string().optional(),
  /** Values of a create or update; the new owner of a transfer. */
  data: z.record(z.string(), z.json()).optional(),
  expect: z.enum(OUTCOMES),
  /** Ids of the fixtures that the list shows, exactly. */
  rows: z.array(z.string()).optional(),
  /** Fields that the answer has, or has not. */
  shows: z.array(z.string()).optional(),
  hides: z.array(z.string()).optional(),
});

const shapeSchema = z.strictObject({
  /** Ids of the application's plugins that the cases do without, such as one that makes sample data. */
  without: z.array(z.string()).default([]),
  users: z.record(z.string(), userSchema),
  fixtures: z.array(fixtureSchema).default([]),
  cases: z.array(caseSchema).min(1),
});

/** A case of nobody tests nothing. */
const fileSchema = shapeSchema.superRefine(({ users, fixtures, cases }, context) => {
  const known = Object.keys(users);
  const check = (name: string | undefined, path: (string | number)[]) => {
    if (name === undefined || known.includes(name)) return;
    const near = suggest(name, known);
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
    context.addIssue({ code: 'custom', path, message: `"${name}" is none of the users.${hint}` });
  };
  cases.forEach(({ as }, at) => check(as, ['cases', at, 'as']));
  fixtures.forEach(({ owner }, at) => check(owner, ['fixtures', at, 'owner']));
});

/** One access case: as whom, doing what, expecting what. */
export type AccessCase = z.output<typeof caseSchema>;

/** A file of access cases, `*.access.yml`. */
export interface AccessFile extends z.output<typeof fileSchema> {
  readonly file: string;
}

/**
 * Reads the access cases of an application.
 *
 * @throws `config_invalid` naming the file and the key
 */
export async function readAccessFiles(folder: string): Promise<AccessFile[]> {
  const sources = await readSources(['**/*.access.{yml,yaml}'], { cwd: folder });
  return sources.map(({ file, text }) => {
    const result = fileSchema.safeParse(readYaml(file, text));
    if (result.success) return { file, ...result.data };
    const reasons = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw createError('config_invalid', { source: file, reason: reasons.join('; ') });
  });
}

function readYaml(file: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 }) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it is not YAML';
    throw createError('config_invalid', { source: file, reason }, { cause: error });
  }
}
