import {
  describeIssues,
  formats,
  normalizeLegacy,
  type MetadataType,
} from '@objectos/spec/metadata';
import type { MetadataNotice, MetadataProblem, SourcePosition } from '../compiled.js';
import { lazyNotice, problem } from '../problems.js';
import type { KeyPath, Locate, ParsedDocument, ParsedSource } from '../source/types.js';

/** One layer of metadata: where its files come from, and what they hold. */
export interface Layer {
  /**
   * `system`, `plugin:<id>`, `app` or `runtime`. In this order they lie over each other; plugins in
   * the order in which they are given.
   */
  readonly name: string;
  readonly sources: readonly ParsedSource[];
}

/** A mapping as metadata holds it. */
export type Mapping = Readonly<Record<string, unknown>>;

/** A value as its schema reads it, or what is wrong with it. */
export type Checked =
  | { readonly ok: true; readonly value: Mapping }
  | { readonly ok: false; readonly problems: readonly MetadataProblem[] };

/** One definition of one file, in today's spelling. */
export interface Definition {
  readonly type: MetadataType;
  readonly name: string;
  readonly layer: string;
  /** Not checked: an extension or a change of the runtime layer is valid only after merging. */
  readonly value: Mapping;
  readonly position: SourcePosition;
  readonly notices: readonly MetadataNotice[];
  /** Where a path into `value` was written. */
  readonly locate: Locate;
  /** The value by itself, checked by the schema of its type. Done once for each parsed document. */
  readonly check: () => Checked;
}

/** The definitions of a layer, in the order of its files. */
export function readLayer(layer: Layer): Definition[] {
  return layer.sources.flatMap((source) =>
    source.documents.map((document) => ({ ...readDocument(document), layer: layer.name })),
  );
}

/** Checks a value by the schema of its type. Problems are placed by `locate`. */
export function checkBySchema(
  { type, name }: Pick<Definition, 'type' | 'name'>,
  value: Mapping,
  locate: Locate,
): Checked {
  const { schema } = formats[type];
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data as Mapping };
  const described = describeIssues(result.error, { schema, value });
  const problems = described.map(({ path, part, code, message, hint }) =>
    problem(
      code === 'unknown_key' ? 'unknown_key' : 'invalid_value',
      { message: `${where(name, path)}${message}`, hint },
      locate(path, part),
    ),
  );
  return { ok: false, problems };
}

type ReadDocument = Omit<Definition, 'layer'>;

/** A document is normalised and checked once, however often the metadata is built from it. */
const known = new WeakMap<ParsedDocument, ReadDocument>();

function readDocument(document: ParsedDocument): ReadDocument {
  const cached = known.get(document);
  if (cached !== undefined) return cached;
  const { type, name, position } = document;
  const { value, notices, sourcePath } = normalizeLegacy(type, withName(document));
  const locate: Locate = (path, part) => document.locate(sourcePath(path), part);
  const mapping = value as Mapping;
  let checked: Checked | undefined;
  const read: ReadDocument = {
    type,
    name,
    value: mapping,
    position,
    locate,
    check: () => (checked ??= checkBySchema({ type, name }, mapping, locate)),
    notices: notices.map((notice) =>
      lazyNotice('legacy_spelling', notice.message, () => document.locate(notice.path)),
    ),
  };
  known.set(document, read);
  return read;
}

/** The file's name is the definition's name where it gives none. */
function withName({ value, name }: ParsedDocument): Mapping {
  return 'name' in value || 'extend' in value ? value : { name, ...value };
}

function where(name: string, path: KeyPath): string {
  const place = path.slice(0, -1).join('.');
  return place === '' ? '' : `${name}, ${place}: `;
}
