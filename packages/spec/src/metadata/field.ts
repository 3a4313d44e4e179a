import { z } from 'zod';
import {
  expressionSchema,
  fieldNameSchema,
  formerNamesSchema,
  labelSchema,
  namedMap,
  nameSchema,
} from './names.js';
import { patternSchema } from './pattern.js';

/** What every field may say, whatever its type. */
const common = {
  /** Optional: the key in the object's `fields` is the name; when given it must be the same. */
  name: fieldNameSchema.optional(),
  label: labelSchema.optional(),
  /** For developers: shown in the API reference. */
  description: z.string().optional(),
  /** For the people who fill the form. */
  help: z.string().optional(),
  placeholder: z.string().optional(),
  /** Kept out of generated lists and forms; it is not an access rule. */
  hidden: z.boolean().optional(),
  /** The name, or the names, the field had before; its values move over instead of being left. */
  renamedFrom: formerNamesSchema.optional(),
};

/** What a field may say whose value a client writes. */
const written = {
  ...common,
  required: z.boolean().optional(),
  /**
   * An expression that gives a value to records which have none when the field is added, becomes
   * required or takes over from other fields. Without it, `defaultValue` does.
   */
  backfill: expressionSchema.optional(),
  /** Refused when a client writes it; hooks and defaults may still set it. */
  readonly: z.boolean().optional(),
};

/** Written fields that a value can be given to beforehand. */
const withDefault = { ...written, defaultValue: z.json().optional() };

/** Fields whose single value can be indexed. */
const indexed = { ...withDefault, unique: z.boolean().optional(), index: z.boolean().optional() };

const MAX_TEXT = 1_000_000;
const lengths = {
  minLength: z.int().min(0).max(MAX_TEXT).optional(),
  maxLength: z.int().min(1).max(MAX_TEXT).optional(),
};
const searchable = { searchable: z.boolean().optional() };
const range = { min: z.number().optional(), max: z.number().optional() };
const digits = {
  /** All digits, before and after the point. */
  precision: z.int().min(1).max(38).optional(),
  /** Digits after the point. */
  scale: z.int().min(0).max(18).optional(),
};

/** A value that a select-like field offers. Its `value` is what records store. */
export const optionSchema = z.strictObject({
  value: z.string().min(1).max(255),
  label: labelSchema.optional(),
  color: z.string().optional(),
  /** Chosen for new records that say nothing. */
  default: z.boolean().optional(),
});

const options = z
  .array(optionSchema)
  .min(1)
  .max(1000)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    list.forEach((option, index) => {
      if (seen.has(option.value)) {
        context.addIssue({
          code: 'custom',
          path: [index, 'value'],
          message: `repeats "${option.value}"`,
        });
      }
      seen.add(option.value);
    });
  });

const deleteBehavior = z.enum(['set_null', 'cascade', 'restrict']);
const reference = nameSchema;

/**
 * The value may have translations, in the languages that the installation keeps records in. The field
 * itself holds the value of the default language, which constraints, searches and formulas see.
 */
const translatable = { translatable: z.boolean().optional() };
const shortText = { ...indexed, ...lengths, ...searchable, pattern: patternSchema.optional() };
const text = z.strictObject({ type: z.enum(['text', 'url']), ...shortText, ...translatable });
const contact = z.strictObject({ type: z.enum(['email', 'phone']), ...shortText });
const longText = z.strictObject({
  type: z.enum(['textarea', 'markdown', 'html', 'richtext']),
  ...withDefault,
  ...lengths,
  ...searchable,
  ...translatable,
});
const password = z.strictObject({ type: z.literal('password'), ...written, ...lengths });
const secret = z.strictObject({
  type: z.literal('secret'),
  ...written,
  ...lengths,
  /**
   * Stored encrypted. Whoever may write the field gives it a value; only code that names the wish
   * reads it, one record at a time. No index, filter or sort can have it.
   */
  encrypted: z.boolean().optional(),
});
const code = z.strictObject({
  type: z.literal('code'),
  ...withDefault,
  ...lengths,
  language: z.string().optional(),
  lineNumbers: z.boolean().optional(),
});
const number = z.strictObject({
  type: z.enum(['number', 'percent']),
  ...indexed,
  ...digits,
  ...range,
});
const currency = z.strictObject({
  type: z.literal('currency'),
  ...indexed,
  ...digits,
  ...range,
  currencyConfig: z
    .strictObject({
      currencyMode: z.enum(['fixed', 'dynamic']).optional(),
      defaultCurrency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'a currency code like "EUR"')
        .optional(),
    })
    .optional(),
});
const slider = z.strictObject({
  type: z.literal('slider'),
  ...withDefault,
  ...range,
  step: z.number().positive().optional(),
  showValue: z.boolean().optional(),
});
const progress = z.strictObject({ type: z.literal('progress'), ...withDefault, ...range });
const rating = z.strictObject({
  type: z.literal('rating'),
  ...withDefault,
  maxRating: z.int().min(1).max(100).optional(),
  allowHalf: z.boolean().optional(),
});
const moment = z.strictObject({ type: z.enum(['date', 'datetime', 'time']), ...indexed });
const boolean = z.strictObject({
  type: z.enum(['boolean', 'toggle']),
  ...withDefault,
  index: z.boolean().optional(),
});
const choice = z.strictObject({
  type: z.enum(['select', 'radio']),
  ...indexed,
  options,
  multiple: z.boolean().optional(),
});
const choices = z.strictObject({
  type: z.enum(['multiselect', 'checkboxes']),
  ...withDefault,
  options,
});
const tags = z.strictObject({
  type: z.literal('tags'),
  ...withDefault,
  options: options.optional(),
});
/** The name under which the other object reaches these records: `contacts` of an account. */
const inverse = nameSchema.optional();
const lookup = z.strictObject({
  type: z.literal('lookup'),
  ...indexed,
  /** An object, or several that the field may point to; then `<field>_object` says which. */
  reference: z.union([reference, z.array(reference).min(2).max(20)]),
  inverse,
  deleteBehavior: deleteBehavior.optional(),
  /** Holds a list of ids. */
  multiple: z.boolean().optional(),
});
const masterDetail = z.strictObject({
  type: z.literal('master_detail'),
  ...written,
  reference,
  inverse,
  /** False: a detail stays with the master it was made with. Default true. */
  reparentable: z.boolean().optional(),
  /** Default `cascade`; a detail cannot outlive its master, so `set_null` is refused. */
  deleteBehavior: deleteBehavior.exclude(['set_null']).optional(),
});
const tree = z.strictObject({
  type: z.literal('tree'),
  ...withDefault,
  /** Default, and only sensible value: the object itself. */
  reference: reference.optional(),
  inverse,
  deleteBehavior: deleteBehavior.optional(),
});
/** What a link of a many-to-many relation may say about itself. */
const attributeSchema = z.discriminatedUnion('type', [
  text,
  contact,
  longText,
  number,
  currency,
  moment,
  boolean,
  choice,
  choices,
]);
const manyToMany = z.strictObject({
  type: z.literal('many_to_many'),
  ...common,
  reference,
  /**
   * The object whose records are the links. Default `<object>_<field>`; made with the two fields
   * that it needs where it is not defined.
   */
  through: nameSchema.optional(),
  inverse,
  /** Further fields of the object that is made. */
  attributes: namedMap(fieldNameSchema, attributeSchema).optional(),
});
const user = z.strictObject({
  type: z.literal('user'),
  ...indexed,
  multiple: z.boolean().optional(),
});
const file = z.strictObject({
  type: z.enum(['image', 'file', 'avatar', 'video', 'audio']),
  ...written,
  multiple: z.boolean().optional(),
  fileAttachmentConfig: z
    .strictObject({
      /** Bytes. */
      minSize: z.int().min(0).optional(),
      /** Bytes. */
      maxSize: z.int().min(1).optional(),
      /** File name endings: `.pdf`. */
      allowedTypes: z.array(z.string()).optional(),
      blockedTypes: z.array(z.string()).optional(),
      allowedMimeTypes: z.array(z.string()).optional(),
    })
    .optional(),
});
const formula = z.strictObject({
  type: z.literal('formula'),
  ...common,
  ...digits,
  expression: expressionSchema,
  returnType: z
    .enum(['text', 'number', 'currency', 'percent', 'boolean', 'date', 'datetime', 'time'])
    .optional(),
  /** What an empty number counts as. Default `blank`. */
  blankAs: z.enum(['zero', 'blank']).optional(),
});
const summary = z.strictObject({
  type: z.literal('summary'),
  ...common,
  ...digits,
  summaryOperations: z
    .strictObject({
      /** The child object. */
      object: nameSchema,
      /** Of the child; not needed to count. */
      field: nameSchema.optional(),
      function: z.enum(['count', 'sum', 'min', 'max', 'avg']),
      /** The child's relation to this object, where it has several. */
      relation: fieldNameSchema.optional(),
      /** Which children count: a condition over fields of the child. */
      filter: expressionSchema.optional(),
    })
    .refine((value) => value.function === 'count' || value.field !== undefined, {
      path: ['field'],
      message: 'is needed by every function but count',
    }),
});
const autonumber = z.strictObject({
  type: z.literal('autonumber'),
  ...common,
  /** Like `CASE-{00000}` or `INV-{YYYY}-{0000}`. */
  format: z
    .string()
    .regex(
      /^(?:[^{}]|\{(?:YYYY|YY|MM|DD)\})*\{0+\}(?:[^{}]|\{(?:YYYY|YY|MM|DD)\})*$/,
      'a format with one run of zeros, and dates only as {YYYY}, {YY}, {MM} and {DD}, like "INV-{YYYY}-{0000}"',
    )
    .max(100)
    .optional(),
});
const color = z.strictObject({
  type: z.literal('color'),
  ...withDefault,
  colorFormat: z.enum(['hex', 'rgb', 'rgba', 'hsl']).optional(),
  allowAlpha: z.boolean().optional(),
  presetColors: z.array(z.string()).optional(),
});
const location = z.strictObject({
  type: z.literal('location'),
  ...withDefault,
  displayMap: z.boolean().optional(),
});
const plain = z.strictObject({ type: z.enum(['address', 'json', 'signature']), ...withDefault });
const qrcode = z.strictObject({
  type: z.literal('qrcode'),
  ...indexed,
  barcodeFormat: z.enum(['qr', 'ean13', 'ean8', 'code128', 'code39', 'upca', 'upce']).optional(),
  displayValue: z.boolean().optional(),
});
const vector = z.strictObject({
  type: z.literal('vector'),
  ...written,
  vectorConfig: z.strictObject({
    dimensions: z.int().min(1).max(16_000),
    distanceMetric: z.enum(['cosine', 'euclidean', 'dotProduct', 'manhattan']).optional(),
  }),
});

/**
 * One field of an object, after legacy spellings were normalised. The keys a field may have depend
 * on its `type`; any other key is refused by name.
 */
export const fieldSchema = z.discriminatedUnion('type', [
  text,
  contact,
  longText,
  password,
  secret,
  code,
  number,
  currency,
  slider,
  progress,
  rating,
  moment,
  boolean,
  choice,
  choices,
  tags,
  lookup,
  masterDetail,
  manyToMany,
  tree,
  user,
  file,
  formula,
  summary,
  autonumber,
  color,
  location,
  plain,
  qrcode,
  vector,
]);

/** A field as metadata declares it. Narrow on `type` to reach the keys of that type. */
export type FieldDefinition = z.infer<typeof fieldSchema>;

/** The definition of the fields of type `T`: `FieldDefinitionOf<'select'>['options']`. */
export type FieldDefinitionOf<T extends FieldDefinition['type']> = BranchOf<FieldDefinition, T>;

/** Several types share one branch of the union, so `Extract` would find nothing. */
type BranchOf<D extends FieldDefinition, T> = D extends unknown
  ? [T] extends [D['type']]
    ? D & { type: T }
    : never
  : never;

/** A value that a select-like field offers. */
export type FieldOption = z.infer<typeof optionSchema>;
