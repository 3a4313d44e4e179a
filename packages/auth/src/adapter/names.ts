/** Objects whose name differs from the model's; the others are the model's name in snake_case. */
const OBJECTS: Readonly<Record<string, string>> = {
  account: 'user_account',
  verification: 'user_verification',
  twoFactor: 'user_two_factor',
  passkey: 'user_passkey',
};

/** Fields whose name differs: `organization_id` is the engine's own stamp of the tenant. */
const FIELDS: Readonly<Record<string, string>> = { organizationId: 'organization' };

/** Kept by the engine, for every record; what better-auth sends for them is left out. */
const STAMPS: ReadonlySet<string> = new Set(['created_at', 'updated_at']);

/** How models and fields of better-auth are called in the metadata. */
export interface Naming {
  object(model: string): string;
  field(name: string): string;
  /** True for a field that the engine writes by itself. */
  isStamp(field: string): boolean;
}

/** The naming of this package's metadata. */
export const packageNaming: Naming = {
  object: (model) => OBJECTS[model] ?? snakeCase(model),
  field: (name) => FIELDS[name] ?? snakeCase(name),
  isStamp: (field) => STAMPS.has(field),
};

/** `credentialID` becomes `credential_id`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
