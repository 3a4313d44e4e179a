import type { Driver } from '../../driver/contract.js';
import type { MetadataProblem } from '../compiled.js';
import type { MetadataCheck } from './contributed.js';

const MAX_IDENTIFIER = 63;

/** Translatable fields need a database that reads values of JSON, and a column beside their own. */
export function translationCheck(driver: Pick<Driver, 'name' | 'capabilities'>): MetadataCheck {
  return ({ items, objects }) =>
    [...objects.values()].flatMap((meta) =>
      meta.translated.flatMap(({ name, translations: { column } }): MetadataProblem[] => {
        const locate = items.get('object')?.get(meta.name)?.locate;
        const position = locate?.(['fields', name, 'translatable']) ?? meta.position;
        const field = `${meta.name}.${name}`;
        if (driver.capabilities.expressions === undefined)
          return [unsupported(field, driver.name, position)];
        const isFree = !meta.fields.has(column) && column.length <= MAX_IDENTIFIER;
        return isFree ? [] : [taken(field, column, position)];
      }),
    );
}

function unsupported(
  field: string,
  driver: string,
  position: MetadataProblem['position'],
): MetadataProblem {
  return {
    code: 'translatable_unsupported',
    message: `"${field}" is translatable, which the database (${driver}) does not support.`,
    hint: 'Use SQLite or PostgreSQL, or remove "translatable".',
    position,
  };
}

function taken(
  field: string,
  column: string,
  position: MetadataProblem['position'],
): MetadataProblem {
  return {
    code: 'translatable_column',
    message: `The translations of "${field}" need the column "${column}", whose name is taken or too long.`,
    hint: 'Rename one of the fields.',
    position,
  };
}
