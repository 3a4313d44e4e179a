import { RESERVED_NAMES, type MetadataType } from '@objectos/spec/metadata';
import type { MetadataProblem, SourcePosition } from '../compiled.js';
import { METADATA_LIMITS } from '../limits.js';
import { problem } from '../problems.js';
import { readFileName, typeHelp, type FileTraits } from './detect-type.js';
import { readJson } from './json-text.js';
import { createLineIndex, type LineIndex } from './line-index.js';
import { createLocator, type Locator } from './locate.js';
import { STOP, type Marks, type RawDocument, type Report } from './raw.js';
import type { ParsedDocument, ParsedSource, SourceFile } from './types.js';
import { readYaml } from './yaml-text.js';

/**
 * Reads one metadata file (YAML 1.2 or JSON, by its extension) into its definitions. Never throws:
 * everything wrong with the file is a problem with its place. Nothing is checked against a schema
 * yet; `buildSnapshot` does that, after the layers are merged.
 *
 * @example
 * parseSource({ file: 'objects/account.yml', text: 'fields:\n  name: { type: text }\n' })
 *   .documents[0].name // 'account'
 */
export function parseSource(source: SourceFile): ParsedSource {
  const text = source.text.startsWith('\uFEFF') ? source.text.slice(1) : source.text;
  const positionOf = createLineIndex(source.file, text);
  const traits = readFileName(source.file);
  const type = source.type ?? traits.type;
  const problems: MetadataProblem[] = [];
  const report: Report = (code, params, offset) => {
    if (problems.length >= METADATA_LIMITS.problemsPerFile) return;
    problems.push(problem(code, params, positionOf(offset)));
  };
  const fail = (known: MetadataType | undefined): ParsedSource => ({
    file: source.file,
    documents: [],
    problems,
    failed: known === undefined ? undefined : { type: known, name: traits.baseName },
  });
  const refusal = refuse({ text, traits, type, file: source.file }, report);
  if (refusal || type === undefined) return fail(type);

  const isSeed = type === 'seed';
  const read = (marks: Marks | undefined): RawDocument[] =>
    readText({ text, json: traits.format === 'json', marks, report, positionOf, isSeed });
  const raw = read(undefined);
  if (problems.length > 0) return fail(type);

  const locator = createLocator(read, positionOf);
  const documents = raw.flatMap((document, index) => {
    if (document.value === null && raw.length > 1) return [];
    const position = positionOf(document.offset);
    const name = nameDocument({ document, baseName: raw.length > 1 ? undefined : traits.baseName });
    const reason = checkDocument(document, name);
    if (reason !== undefined) {
      reason(report);
      return [];
    }
    return [createDocument({ type, name: name ?? '', document, position, locator, index })];
  });
  if (documents.length === 0 && problems.length === 0) report('file_empty', {}, 0);
  return problems.length > 0 ? fail(type) : { file: source.file, documents, problems };
}

interface Candidate {
  readonly text: string;
  readonly traits: FileTraits;
  readonly type: MetadataType | undefined;
  readonly file: string;
}

/** Refuses a file for what it is, before its text is parsed. */
function refuse({ text, traits, type, file }: Candidate, report: Report): boolean {
  if (traits.format === undefined) {
    report('file_extension', { extension: traits.extension }, 0);
    return true;
  }
  if (type === undefined) {
    report('type_unknown', typeHelp(file), 0);
    return true;
  }
  const max = type === 'seed' ? METADATA_LIMITS.seedFileBytes : METADATA_LIMITS.fileBytes;
  // A UTF-16 unit is one to three bytes, so most files are decided without encoding them.
  const bytes = text.length * 3 <= max ? text.length : new TextEncoder().encode(text).length;
  if (bytes > max) report('file_too_large', { bytes, max }, 0);
  const wrong = text.search(/[\0\uFFFD]/);
  if (wrong !== -1) {
    const reason = text[wrong] === '\0' ? 'it has a zero byte' : 'it has bytes that are not UTF-8';
    report('file_not_text', { reason }, wrong);
  }
  if (text.trim() === '') report('file_empty', {}, 0);
  return bytes > max || wrong !== -1 || text.trim() === '';
}

interface Reading {
  readonly text: string;
  readonly json: boolean;
  readonly marks: Marks | undefined;
  readonly report: Report;
  readonly positionOf: LineIndex;
  readonly isSeed: boolean;
}

function readText({ text, json, marks, report, positionOf, isSeed }: Reading): RawDocument[] {
  const context = {
    report,
    marks,
    lineOf: (offset: number) => positionOf(offset).line,
    budget: isSeed ? METADATA_LIMITS.seedValues : METADATA_LIMITS.values,
  };
  try {
    return json ? readJson(text, context) : readYaml(text, context);
  } catch (signal) {
    if (signal !== STOP) throw signal;
    return [];
  }
}

function nameDocument(given: {
  readonly document: RawDocument;
  readonly baseName: string | undefined;
}): string | undefined {
  const value = given.document.value as Record<string, unknown> | null;
  const named =
    typeof value === 'object' && value !== null ? (value.name ?? value.extend) : undefined;
  return typeof named === 'string' && named !== '' ? named : given.baseName;
}

function checkDocument(
  { value, offset }: RawDocument,
  name: string | undefined,
): ((report: Report) => void) | undefined {
  if (value === null) return (report) => report('file_empty', {}, offset);
  if (typeof value !== 'object' || Array.isArray(value)) {
    const found = Array.isArray(value) ? 'a list' : `the ${typeof value} ${JSON.stringify(value)}`;
    return (report) => report('not_a_mapping', { found: shorten(found) }, offset);
  }
  if (name === undefined) return (report) => report('name_missing', {}, offset);
  if (RESERVED_NAMES.has(name)) return (report) => report('reserved_key', { key: name }, offset);
  return undefined;
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function createDocument(given: {
  readonly type: MetadataType;
  readonly name: string;
  readonly document: RawDocument;
  readonly position: SourcePosition;
  readonly locator: Locator;
  readonly index: number;
}): ParsedDocument {
  const { type, name, document, position, locator, index } = given;
  const value = document.value as Readonly<Record<string, unknown>>;
  return {
    type,
    name,
    value,
    position,
    locate: (path, part = 'value') =>
      path.length === 0 ? position : locator(index, { path, part }),
  };
}
