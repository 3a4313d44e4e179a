import { errorReference } from './error-reference.js';
import { jsonSchemas } from './json-schemas.js';
import { ledgerReference } from './ledger-reference.js';

export { errorReference } from './error-reference.js';
export { jsonSchemas } from './json-schemas.js';
export { ledgerReference } from './ledger-reference.js';

/** Every generated file of the repository that comes from this package: path to content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, schema] of jsonSchemas()) {
    files.set(`packages/spec/json-schema/${name}`, `${JSON.stringify(schema, undefined, 2)}\n`);
  }
  files.set('docs/reference/errors.md', errorReference());
  files.set('docs/reference/metadata-ledger.md', ledgerReference());
  return files;
}
