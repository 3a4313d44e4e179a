import { ACCESS_OPERATIONS, type AccessOperation } from '@objectos/spec/contracts';
import type { MetadataSnapshot } from '@objectql/core';
import { fieldMask } from './compile/field-mask.js';
import { grants, opensAll } from './compile/object-rights.js';
import { buildModel } from './model/build.js';

/** What one set grants on one object. Lists are sorted. */
export interface MatrixEntry {
  /** Operations; with ` all` where they reach every record, whoever owns it. */
  readonly operations: readonly string[];
  readonly readable: readonly string[];
  readonly editable: readonly string[];
  /** Names of the policies that narrow it. */
  readonly policies: readonly string[];
}

/** By set, then by object: what the sets of the metadata files grant. */
export type AccessMatrix = Readonly<Record<string, Readonly<Record<string, MatrixEntry>>>>;

/** The access matrix of metadata: what each set grants, effective, in a form that can be compared. */
export function accessMatrix(snapshot: MetadataSnapshot): AccessMatrix {
  const model = buildModel(snapshot, null);
  const matrix: Record<string, Record<string, MatrixEntry>> = {};
  for (const set of [...model.sets.values()].flat()) {
    const entries: Record<string, MatrixEntry> = {};
    for (const meta of model.objects.values()) {
      const operations = ACCESS_OPERATIONS.filter((one) => grants(set, meta.name, one));
      if (operations.length === 0) continue;
      const mask = fieldMask(meta, [set]);
      const declared = [...meta.fields.values()].filter((field) => !field.system);
      const listed = (names: ReadonlySet<string> | undefined) =>
        declared
          .filter(({ name }) => names?.has(name) ?? true)
          .map(({ name }) => name)
          .sort();
      entries[meta.name] = {
        operations: operations.map((one) => described(one, opensAll(set, meta.name, one))).sort(),
        readable: listed(mask.readable),
        editable: listed(mask.writable),
        policies: (set.policies.get(meta.name) ?? []).map(({ name }) => name).sort(),
      };
    }
    matrix[set.name] = sorted(entries);
  }
  return sorted(matrix);
}

function described(operation: AccessOperation, all: boolean): string {
  return all && operation !== 'create' ? `${operation} all` : operation;
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
