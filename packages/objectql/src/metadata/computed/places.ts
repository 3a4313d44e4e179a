import type { FieldMeta } from '../compiled.js';

/** Digits after the point of a currency that states no scale. */
export const CURRENCY_SCALE = 2;

/** Digits after the point that values of a field have at most; nothing when it does not say. */
export function placesOf({ column, definition, formula, summary }: FieldMeta): number | undefined {
  if (formula !== undefined) return formula.scale;
  if (summary !== undefined) return summary.scale;
  if (column === 'integer') return 0;
  if (column !== 'decimal') return undefined;
  const stated = 'scale' in definition ? definition.scale : undefined;
  return stated ?? (definition.type === 'currency' ? CURRENCY_SCALE : undefined);
}
