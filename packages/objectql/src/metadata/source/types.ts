import type { MetadataType } from '@objectos/spec/metadata';
import type { MetadataProblem, SourcePosition } from '../compiled.js';

/** A metadata file as it was read. */
export interface SourceFile {
  /** Relative path with `/`; shown in problems, and read for the type and the name. */
  readonly file: string;
  readonly text: string;
  /** What the file holds; absent: told by its suffix or its folder. */
  readonly type?: MetadataType | undefined;
}

/** A path into a document: keys and list indexes. */
export type KeyPath = readonly (string | number)[];

/** Which part of an entry a position shows: its key (a wrong name) or its value (a wrong value). */
export type Part = 'key' | 'value';

/** Where a path was written, or the nearest part around it. `part` defaults to `value`. */
export type Locate = (path: KeyPath, part?: Part) => SourcePosition;

/** One definition in a file. */
export interface ParsedDocument {
  readonly type: MetadataType;
  readonly name: string;
  /** As written; holds no reserved key and no number that is not finite. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Where the definition begins. */
  readonly position: SourcePosition;
  /**
   * Where `path` was written, or the nearest part around it that was written. Reads the file again
   * on first use, so that a load without problems does not pay for positions.
   */
  readonly locate: Locate;
}

/** A file, parsed: its definitions, or the problems that keep it from being read. */
export interface ParsedSource {
  readonly file: string;
  readonly documents: readonly ParsedDocument[];
  readonly problems: readonly MetadataProblem[];
  /** What the file would define if it could be read: others may refer to it. */
  readonly failed?: { readonly type: MetadataType; readonly name: string } | undefined;
}
