import type { FieldMeta } from '@objectql/core';

/** Keys that tell of other fields, which the reader may not be allowed to know. */
const TELLTALE: ReadonlySet<string> = new Set(['expression', 'summaryOperations']);

/** Our key, and the names under which the published clients look for it. */
const ALIASES: readonly (readonly [string, string])[] = [
  ['maxLength', 'max_length'],
  ['minLength', 'min_length'],
  ['reference', 'reference_to'],
];

/**
 * A field as the metadata API tells it: its definition, what the engine adds to it, and the
 * spellings that ObjectUI and older clients read.
 *
 * @param options.restricted the reader does not see every field, so nothing may hint at the others
 */
export function describeField(
  field: FieldMeta,
  options: { readonly restricted: boolean },
): Record<string, unknown> {
  const definition: Record<string, unknown> = { ...field.definition };
  if (options.restricted) for (const key of TELLTALE) Reflect.deleteProperty(definition, key);
  const described: Record<string, unknown> = {
    ...definition,
    name: field.name,
    type: field.type,
    label: field.definition.label ?? humanize(field.name),
    required: field.required,
    readonly: field.readOnly,
    multiple: field.multiple,
    sortable: field.filterable,
    system: field.system,
    permissions: { read: true, write: !field.readOnly },
  };
  if (field.reference !== undefined) described['reference'] = field.reference;
  if (field.translations !== undefined) described['locales'] = field.translations.locales;
  if ('options' in definition) described['options'] = labelled(definition['options']);
  for (const [ours, theirs] of ALIASES) {
    if (described[ours] !== undefined) described[theirs] = described[ours];
  }
  return { ...described, ...fileAliases(definition['fileAttachmentConfig']) };
}

function labelled(options: unknown): unknown {
  if (!Array.isArray(options)) return options;
  return (options as readonly { readonly value: string; readonly label?: string }[]).map(
    (option) => ({
      ...option,
      label: option.label ?? humanize(option.value),
    }),
  );
}

function fileAliases(config: unknown): Record<string, unknown> {
  if (typeof config !== 'object' || config === null) return {};
  const { maxSize, allowedTypes } = config as {
    maxSize?: number;
    allowedTypes?: readonly string[];
  };
  return {
    ...(maxSize === undefined ? {} : { max_size: maxSize }),
    ...(allowedTypes === undefined ? {} : { accept: allowedTypes.join(',') }),
  };
}

/** `due_date` as people read it: `Due Date`. */
export function humanize(name: string): string {
  return name
    .split('_')
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
