import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  objectSchema,
  seedSchema,
  type ObjectDefinition,
  type SeedDefinition,
} from '@objectos/spec/metadata';
import { parse } from 'yaml';

/** The folder of the CRM example. */
export const crmFolder = fileURLToPath(new URL('../../examples/crm/', import.meta.url));

/** The objects of the CRM example by name, parsed with the specification's schema. */
export function readCrmObjects(): Map<string, ObjectDefinition> {
  const folder = `${crmFolder}objects/`;
  const objects = readdirSync(folder).map((file) =>
    objectSchema.parse(parse(readFileSync(folder + file, 'utf8'))),
  );
  return new Map(objects.map((object) => [object.name, object]));
}

/** A seed file of the CRM example, parsed with the specification's schema. */
export function readCrmSeed(name: string): SeedDefinition {
  return seedSchema.parse(parse(readFileSync(`${crmFolder}data/${name}.seed.yml`, 'utf8')));
}
