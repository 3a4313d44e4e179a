import type { FieldDefinition } from '@objectos/spec/metadata';
import type { FieldMeta } from '../metadata/compiled.js';
import { boolean, listOf, option, reference } from './choice.js';
import { number } from './number.js';
import { refuse, type Outcome, type ValueCheck } from './outcome.js';
import { file, json, location, shape, vector } from './structured.js';
import { date, datetime, time } from './temporal.js';
import { color, email, phone, text, url } from './text.js';

const checks = new WeakMap<FieldMeta, ValueCheck>();

/** Checks one non-empty value of a field and brings it into the form in which it is stored. */
export function checkValue(field: FieldMeta, value: unknown): Outcome {
  return checkOf(field)(value);
}

/** The check of a field, for who checks many of its values. */
export function checkOf(field: FieldMeta): ValueCheck {
  let check = checks.get(field);
  if (check === undefined) {
    check = compileCheck(field);
    checks.set(field, check);
  }
  return check;
}

/** Like {@link checkValue}, for writers that may fill password and secret fields. */
export function checkSecret(field: FieldMeta, value: unknown): Outcome {
  const { definition } = field;
  if (definition.type !== 'password' && definition.type !== 'secret')
    return checkValue(field, value);
  return text(definition)(value);
}

const unwritable: ValueCheck = () =>
  refuse('read_only_field', 'this field takes no value from a client');

function compileCheck(field: FieldMeta): ValueCheck {
  const one = checkFor(field.definition, field);
  return field.multiple && !isListType(field.definition.type) ? listOf(one) : one;
}

function isListType(type: FieldDefinition['type']): boolean {
  return type === 'multiselect' || type === 'checkboxes' || type === 'tags';
}

function checkFor(definition: FieldDefinition, field: FieldMeta): ValueCheck {
  switch (definition.type) {
    case 'text':
      return shortText(definition);
    case 'email':
      return both(email, shortText(definition));
    case 'url':
      return both(url, shortText(definition));
    case 'phone':
      return both(phone, shortText(definition));
    case 'textarea':
    case 'markdown':
    case 'html':
    case 'richtext':
    case 'code':
      return text(definition);
    case 'signature':
    case 'qrcode':
      return text();
    case 'color':
      return color;
    case 'number':
    case 'percent':
    case 'currency':
    case 'slider':
    case 'progress':
      return number(limitsOf(definition));
    case 'rating':
      return number({
        min: 0,
        max: definition.maxRating ?? 5,
        step: definition.allowHalf === true ? 0.5 : 1,
      });
    case 'boolean':
    case 'toggle':
      return boolean;
    case 'date':
      return date;
    case 'datetime':
      return datetime;
    case 'time':
      return time;
    case 'select':
    case 'radio':
      return optionOf(field);
    case 'multiselect':
    case 'checkboxes':
      return listOf(optionOf(field));
    case 'tags':
      return listOf(
        field.options === undefined ? text({ minLength: 1, maxLength: 255 }) : optionOf(field),
      );
    case 'lookup':
    case 'master_detail':
    case 'tree':
    case 'user':
      return reference;
    case 'image':
    case 'file':
    case 'avatar':
    case 'video':
    case 'audio':
      return file;
    case 'location':
      return location;
    case 'address':
      return address;
    case 'json':
      return json;
    case 'vector':
      return vector(definition.vectorConfig.dimensions);
    case 'secret':
      return definition.encrypted === true ? text(definition) : unwritable;
    case 'many_to_many':
    case 'formula':
    case 'summary':
    case 'autonumber':
    case 'password':
      return unwritable;
  }
}

const address = shape({
  street: 'text',
  street2: 'text',
  city: 'text',
  state: 'text',
  postalCode: 'text',
  country: 'text',
  countryCode: 'text',
  formatted: 'text',
});

function shortText(definition: {
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
}): ValueCheck {
  const { minLength, maxLength = 255, pattern } = definition;
  return text({
    minLength,
    maxLength,
    pattern: pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'u'),
    patternName: pattern === undefined ? undefined : `text that matches ${pattern}`,
  });
}

function limitsOf(definition: {
  readonly type: 'number' | 'percent' | 'currency' | 'slider' | 'progress';
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly precision?: number | undefined;
  readonly scale?: number | undefined;
  readonly step?: number | undefined;
}) {
  const { type, min, max, precision, scale, step } = definition;
  const bounded = type === 'slider' || type === 'progress';
  return {
    min: min ?? (bounded ? 0 : undefined),
    max: max ?? (bounded ? 100 : undefined),
    precision,
    scale: scale ?? (type === 'currency' ? 2 : undefined),
    step,
  };
}

function optionOf(field: FieldMeta): ValueCheck {
  return option(field.options ?? new Set());
}

function both(first: ValueCheck, second: ValueCheck): ValueCheck {
  return (value) => {
    const outcome = first(value);
    return outcome.ok ? second(outcome.value) : outcome;
  };
}
