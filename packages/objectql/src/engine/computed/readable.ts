import type { FormulaMeta, MetadataSnapshot } from '../../metadata/compiled.js';
import type { Admission } from '../access.js';

/** What a principal may read, by policy alone. */
export interface FieldReader {
  readonly snapshot: MetadataSnapshot;
  readonly mayRead: (object: string, field: string) => boolean;
}

/** Admissions without the formulas named by the key, so that equal ones stay the same object. */
const pruned = new WeakMap<Admission, Map<string, Admission>>();

/**
 * A formula that reads a field which the principal may not read does not exist for them either:
 * otherwise it would tell what is hidden. See docs/adr/0012-formula-fields-and-permission.
 */
export function withReadableFormulas(admission: Admission, reader: FieldReader): Admission {
  const { meta, visible } = admission;
  if (meta.formulas.length === 0) return admission;
  const hidden = meta.formulas
    .filter(({ name, formula }) => {
      const shown = admission.readable === undefined || admission.readable.has(name);
      return shown && formula !== undefined && !mayReadAll(meta.name, formula, reader);
    })
    .map((field) => field.name);
  if (hidden.length === 0) return admission;
  const key = hidden.join(' ');
  const known = pruned.get(admission) ?? new Map<string, Admission>();
  pruned.set(admission, known);
  let without = known.get(key);
  if (without === undefined) {
    const gone = new Set(hidden);
    const remaining = visible.filter((name) => !gone.has(name));
    without = { ...admission, visible: remaining, readable: new Set(remaining) };
    known.set(key, without);
  }
  return without;
}

function mayReadAll(object: string, { reads }: FormulaMeta, reader: FieldReader): boolean {
  return reads.every(
    (read) =>
      read.steps.every((step) => reader.mayRead(step.object, step.field)) &&
      mayReadField(read.steps.length === 0 ? object : read.object, read.field, reader),
  );
}

/** Formulas form no circle, so this ends. */
function mayReadField(object: string, field: string, reader: FieldReader): boolean {
  if (!reader.mayRead(object, field)) return false;
  const formula = reader.snapshot.objects.get(object)?.fields.get(field)?.formula;
  return formula === undefined || mayReadAll(object, formula, reader);
}
