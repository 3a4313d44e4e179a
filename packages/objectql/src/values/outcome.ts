/** What checking a value gives: the value as it is stored, or why it is refused. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Checks one non-empty value of one field. */
export type ValueCheck = (value: unknown) => Outcome;

/** Accepts `value` as it is to be stored. */
export function accept(value: unknown): Outcome {
  return { ok: true, value };
}

/** Refuses with a code and a sentence that says what is expected. */
export function refuse(code: string, message: string): Outcome {
  return { ok: false, code, message };
}
