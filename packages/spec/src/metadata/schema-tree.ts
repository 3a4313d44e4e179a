import type { z } from 'zod';

/** A schema without the wrappers that only say "may be absent" or "is checked further". */
export type SchemaNode =
  | { readonly kind: 'object'; readonly shape: Readonly<Record<string, z.core.$ZodType>> }
  | { readonly kind: 'map'; readonly value: z.core.$ZodType }
  | { readonly kind: 'list'; readonly item: z.core.$ZodType }
  | {
      readonly kind: 'union';
      readonly options: readonly z.core.$ZodType[];
      /** The key whose value chooses the option. */
      readonly discriminator?: string | undefined;
    }
  | { readonly kind: 'value' };

/** What kind of thing `schema` describes. */
export function readSchema(schema: z.core.$ZodType): SchemaNode {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
      return readSchema(def.innerType);
    case 'pipe':
      return readSchema(def.out);
    case 'object':
      return { kind: 'object', shape: def.shape };
    case 'record':
      return { kind: 'map', value: def.valueType };
    case 'array':
      return { kind: 'list', item: def.element };
    case 'union':
      return {
        kind: 'union',
        options: def.options,
        discriminator: (def as Partial<z.core.$ZodDiscriminatedUnionDef>).discriminator,
      };
    default:
      return { kind: 'value' };
  }
}

/** The values that `schema`, a literal or an enumeration, allows. */
export function allowedValues(schema: z.core.$ZodType | undefined): readonly unknown[] {
  if (schema === undefined) return [];
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional') return allowedValues(def.innerType);
  if (def.type === 'literal') return def.values;
  return def.type === 'enum' ? Object.values(def.entries) : [];
}

/**
 * The option of a union that `value` was probably meant for: the one its discriminator names; without
 * a discriminator the one of the same kind that knows the most of its keys.
 */
export function chosenOption(
  node: Extract<SchemaNode, { kind: 'union' }>,
  value: unknown,
): z.core.$ZodType | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { discriminator } = node;
  if (discriminator === undefined) return nearestOption(node.options, value);
  const wanted = (value as Record<string, unknown>)[discriminator];
  return node.options.find((option) => {
    const inner = readSchema(option);
    return inner.kind === 'object' && allowedValues(inner.shape[discriminator]).includes(wanted);
  });
}

function nearestOption(
  options: readonly z.core.$ZodType[],
  value: object,
): z.core.$ZodType | undefined {
  let best: z.core.$ZodType | undefined;
  let most = -1;
  for (const option of options) {
    const known = knownKeys(readSchema(option), value);
    if (known > most) [best, most] = [option, known];
  }
  return best;
}

/** How many keys of `value` the node knows; -1 when it is of another kind. */
function knownKeys(node: SchemaNode, value: object): number {
  if (node.kind === 'list') return Array.isArray(value) ? 0 : -1;
  if (Array.isArray(value)) return -1;
  if (node.kind === 'map') return 0;
  return node.kind === 'object'
    ? Object.keys(value).filter((key) => Object.hasOwn(node.shape, key)).length
    : -1;
}

/** The schema and the value at `path`, choosing options of discriminated unions by the value. */
export function descend(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly PropertyKey[],
): { readonly schema: z.core.$ZodType | undefined; readonly value: unknown } {
  let current: z.core.$ZodType | undefined = schema;
  let inner = value;
  for (const step of path) {
    current = current === undefined ? undefined : child(current, inner, step);
    inner =
      typeof inner === 'object' && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[step]
        : undefined;
  }
  return { schema: current, value: inner };
}

function child(
  schema: z.core.$ZodType,
  value: unknown,
  step: PropertyKey,
): z.core.$ZodType | undefined {
  const node = readSchema(schema);
  switch (node.kind) {
    case 'object':
      return typeof step === 'string' && Object.hasOwn(node.shape, step)
        ? node.shape[step]
        : undefined;
    case 'map':
      return node.value;
    case 'list':
      return node.item;
    case 'union': {
      const option = chosenOption(node, value);
      return option === undefined ? undefined : child(option, value, step);
    }
    case 'value':
      return undefined;
  }
}
