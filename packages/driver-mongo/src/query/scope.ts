import type { RowExists } from '@objectql/core/driver';
import type { Document } from 'mongodb';
import type { Columns, Views } from './view.js';

/** Where a condition is being written. */
export interface FilterScope {
  readonly views: Views;
  readonly columns: Columns;
  /** Stages that compute what the condition needs; conditions add to them. */
  readonly stages: Document[];
  /** How many lookups this scope lies in. */
  readonly depth: number;
  /** A name that no column has: identifiers have no colon. */
  readonly nextName: (kind: string) => string;
  /** Adds the stage that answers an `exists`; its field is an array, empty when it is false. */
  readonly lookUp: (filter: RowExists, scope: FilterScope) => string;
}

/** Names for one statement. */
export function createNames(): (kind: string) => string {
  let count = 0;
  return (kind) => `${kind}:${count++}`;
}
