/** Every field type: the 44 of the ObjectStack protocol, `secret`, `user` and `many_to_many`. */
export const FIELD_TYPES = [
  'text',
  'textarea',
  'email',
  'url',
  'phone',
  'password',
  'secret',
  'markdown',
  'html',
  'richtext',
  'number',
  'currency',
  'percent',
  'date',
  'datetime',
  'time',
  'boolean',
  'toggle',
  'select',
  'multiselect',
  'radio',
  'checkboxes',
  'lookup',
  'master_detail',
  'many_to_many',
  'tree',
  'user',
  'image',
  'file',
  'avatar',
  'video',
  'audio',
  'formula',
  'summary',
  'autonumber',
  'location',
  'address',
  'code',
  'json',
  'color',
  'rating',
  'slider',
  'signature',
  'qrcode',
  'progress',
  'tags',
  'vector',
] as const;

/** One of {@link FIELD_TYPES}. */
export type FieldType = (typeof FIELD_TYPES)[number];

/** Fields whose value the engine computes; a client never writes them. */
export const COMPUTED_FIELD_TYPES = [
  'formula',
  'summary',
  'autonumber',
] as const satisfies readonly FieldType[];

/** Fields that always hold a list. */
export const LIST_FIELD_TYPES = [
  'multiselect',
  'checkboxes',
  'tags',
] as const satisfies readonly FieldType[];

/** Fields that point to a record. */
export const RELATION_FIELD_TYPES = [
  'lookup',
  'master_detail',
  'tree',
] as const satisfies readonly FieldType[];
