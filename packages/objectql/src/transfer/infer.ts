import { createColumnGuess, type ColumnGuess, type GuessedField } from './guess-field.js';
import type { FileRow } from './rows.js';

/** An object as it can be read from a file: what stands in its YAML. */
export interface InferredObject {
  readonly name: string;
  readonly label: string;
  readonly fields: Readonly<Record<string, GuessedField>>;
}

/** What {@link inferObject} found. */
export interface Inference {
  readonly object: InferredObject;
  /** Header of each column to the name of its field. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly rows: number;
}

/** Names that the engine has for its own fields. */
const SYSTEM = new Set([
  ...['id', 'created_at', 'created_by', 'updated_at', 'updated_by'],
  ...['owner_id', 'organization_id', 'revision', 'deleted_at'],
]);

/**
 * Finds out what object a file describes: one field for each column, its type from all of its
 * values, select where few values repeat, required where none is missing. Memory holds the columns,
 * never the rows.
 */
export async function inferObject(
  name: string,
  lists: AsyncIterable<readonly FileRow[]>,
): Promise<Inference> {
  const guesses = new Map<string, ColumnGuess>();
  let rows = 0;
  for await (const list of lists) {
    for (const { values } of list) {
      for (const [header, value] of Object.entries(values)) {
        let guess = guesses.get(header);
        if (guess === undefined) {
          guess = createColumnGuess(rows);
          guesses.set(header, guess);
        }
        guess.add(value);
      }
      rows += 1;
    }
  }
  return { ...assemble(name, guesses, rows), rows };
}

function assemble(
  name: string,
  guesses: ReadonlyMap<string, ColumnGuess>,
  rows: number,
): Pick<Inference, 'object' | 'mapping'> {
  const fields: Record<string, GuessedField> = {};
  const mapping: Record<string, string> = {};
  for (const [header, guess] of guesses) {
    const field = uniqueName(fieldName(header), fields);
    mapping[header] = field;
    fields[field] = { label: labelOf(header) || title(field), ...guess.field(field, rows) };
  }
  return { object: { name, label: title(name), fields }, mapping };
}

/** `E-Mail (work)` becomes `e_mail_work`; a name of the engine's own gets a neighbour. */
export function fieldName(header: string): string {
  const plain = header
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 50);
  if (plain === 'id') return 'external_id';
  const safe = /^[a-z]/.test(plain) ? plain : `field_${plain}`.replace(/_$/, '');
  return SYSTEM.has(safe) ? `${safe}_value` : safe;
}

function uniqueName(name: string, taken: Readonly<Record<string, unknown>>): string {
  let candidate = name;
  for (let number = 2; Object.hasOwn(taken, candidate); number += 1) {
    candidate = `${name}_${number}`;
  }
  return candidate;
}

/** The header as it is; one in small letters only is a name rather than a label. */
function labelOf(header: string): string {
  const label = header.trim().slice(0, 255);
  return /^[a-z][a-z\d_]*$/.test(label) ? title(label) : label;
}

function title(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
