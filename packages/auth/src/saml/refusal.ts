/** Why an answer of a provider is not accepted. Becomes a catalogue error where the provider is known. */
export class SamlRefusal extends Error {
  override readonly name = 'SamlRefusal';
}

/** @throws {@link SamlRefusal} unless the condition holds */
export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new SamlRefusal(otherwise);
}
