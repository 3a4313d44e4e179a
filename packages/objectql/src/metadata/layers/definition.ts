import {
  describeIssues,
  formats,
  normalizeLegacy,
  type MetadataType,
} from '@objectos/spec/metadata';
import type { MetadataNotice, MetadataProblem, SourcePosition } from '../compiled.js';
import { lazyNotice, problem } from '../problems.js';
import type { KeyPath, ParsedDocument, ParsedSource, Part } from '../source/types.js';

/** One layer of metadata: where its files come from, and what they hold. Later layers win. */
export interface Layer {
  /** `plugin:<id>`, `app` or `runtime`. */
  readonly name: string;
  readonly sources: readonly ParsedSource[];
}

/** One definition of one file, in today's spelling and valid by its schema. */
export interface Definition {
  readonly type: MetadataType;
  readonly name: string;
  readonly layer: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly position: SourcePosition;
  /** Where a path into `value` was written. */
  readonly locate: (path: KeyPath, part?: Part) => SourcePosition;
}

/** What reading the layers found. */
export interface Reading {
  readonly definitions: Definition[];
  readonly problems: MetadataProblem[];
  readonly notices: MetadataNotice[];
}

/** Parses every document of every layer by its schema; collects all problems. */
export function readDefinitions(layers: readonly Layer[]): Reading {
  const reading: Reading = { definitions: [], problems: [], notices: [] };
  for (const layer of layers) {
    for (const source of layer.sources) {
      reading.problems.push(...source.problems);
      for (const document of source.documents) readDocument(reading, layer.name, document);
    }
  }
  return reading;
}

interface ParsedValue {
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly MetadataProblem[];
  readonly notices: readonly MetadataNotice[];
  readonly sourcePath: (path: KeyPath) => KeyPath;
}

/** A document is parsed by its schema once, however often the metadata is loaded again. */
const parsed = new WeakMap<ParsedDocument, ParsedValue>();

function readDocument(reading: Reading, layer: string, document: ParsedDocument): void {
  let result = parsed.get(document);
  if (result === undefined) {
    result = parseDocument(document);
    parsed.set(document, result);
  }
  reading.problems.push(...result.problems);
  reading.notices.push(...result.notices);
  const { value, sourcePath } = result;
  if (value === undefined) return;
  const { type, name, position } = document;
  const locate = (path: KeyPath, part?: Part) => document.locate(sourcePath(path), part);
  reading.definitions.push({ type, name, layer, value, position, locate });
}

function parseDocument(document: ParsedDocument): ParsedValue {
  const { type } = document;
  const { schema } = formats[type];
  const { value, notices, sourcePath } = normalizeLegacy(type, withName(document));
  const result = schema.safeParse(value);
  const told = notices.map((notice) =>
    lazyNotice('legacy_spelling', notice.message, () => document.locate(notice.path)),
  );
  if (result.success) {
    return {
      value: result.data as Record<string, unknown>,
      problems: [],
      notices: told,
      sourcePath,
    };
  }
  const problems = describeIssues(result.error, { schema, value }).map(
    ({ path, part, code, message, hint }) =>
      problem(
        code === 'unknown_key' ? 'unknown_key' : 'invalid_value',
        { message: `${where(document, path)}${message}`, hint },
        document.locate(sourcePath(path), part),
      ),
  );
  return { value: undefined, problems, notices: told, sourcePath };
}

/** The file's name is the definition's name where it gives none. */
function withName({ value, name }: ParsedDocument): Readonly<Record<string, unknown>> {
  return 'name' in value || 'extend' in value ? value : { name, ...value };
}

function where(document: ParsedDocument, path: KeyPath): string {
  const place = path.slice(0, -1).join('.');
  return place === '' ? '' : `${document.name}, ${place}: `;
}
