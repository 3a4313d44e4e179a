import type { RecordData } from '@objectos/spec/contracts';
import { createError, type FieldError } from '@objectos/spec/errors';
import { fieldOfKey, suggest } from '@objectos/spec/metadata';
import type { FieldMeta, ObjectMeta } from '../metadata/compiled.js';
import { sameValue } from '../values/same-value.js';
import { checkOf, checkSecret } from '../values/checks.js';
import type { ValueCheck } from '../values/outcome.js';
import type { Admission } from './access.js';
import { isReadable } from './relations.js';
import { isId } from './ids.js';
import { withKeys } from './translation/input.js';
import { loggedNames } from './translation/rows.js';

/** What writing an object needs to know, compiled once per metadata snapshot. */
export interface WritePlan {
  readonly required: readonly FieldMeta[];
  readonly defaults: readonly (readonly [string, unknown])[];
  /** What the change log keeps of a new record; `isTold`: as a field that somebody wrote. */
  readonly logged: readonly { readonly name: string; readonly isTold: boolean }[];
}

const plans = new WeakMap<ObjectMeta, WritePlan>();

/** The write plan of an object. */
export function writePlanOf(meta: ObjectMeta): WritePlan {
  const known = plans.get(meta);
  if (known !== undefined) return known;
  const written = [...meta.fields.values()].filter((field) => !field.system && !field.computed);
  const plan: WritePlan = {
    required: written.filter((field) => field.required),
    defaults: written.flatMap((field) => {
      const value = defaultOf(field);
      return value === undefined ? [] : [[field.name, value] as const];
    }),
    logged: loggedNames(meta).map((name) => ({
      name,
      isTold: meta.fields.get(name)?.system !== true,
    })),
  };
  plans.set(meta, plan);
  return plan;
}

/** How strict {@link readInput} is. */
export interface InputRules {
  readonly acceptId?: boolean | undefined;
  /** The writer may name the owner of the record. */
  readonly acceptOwner?: boolean | undefined;
  /** The stored record, for a client that sends back a whole record with its change. */
  readonly unchangedFrom?: RecordData | undefined;
}

/**
 * Checks what a client wants to write: every name, every value. Empty text and empty lists become
 * null, the one form of "no value".
 *
 * @throws `unknown_field`, `read_only_field`, `validation_error`, `record_locale_unknown`
 */
export function readInput(admission: Admission, data: RecordData, rules: InputRules): RecordData {
  const { meta } = admission;
  const values: RecordData = {};
  const readOnly: string[] = [];
  const problems: FieldError[] = [];
  const named = withKeys(admission, data);
  const fields = inputFieldsOf(admission);
  for (const name of Object.keys(named)) {
    const value = named[name];
    const { field, isWritable, check } = fields.get(name) ?? addInputField(admission, name);
    if (name === 'id' && rules.acceptId === true) values['id'] = acceptedId(meta, value);
    else if (name === 'owner_id' && rules.acceptOwner === true) {
      if (isId(value)) values['owner_id'] = value;
      else
        problems.push({ field: name, code: 'invalid_type', message: 'expected the id of a user' });
    } else if (!isWritable) {
      if (!isUnchanged(rules, field, value)) readOnly.push(name);
    } else storeChecked(field.name, value, { values, problems, check });
  }
  if (readOnly.length > 0) throw readOnlyError(admission, readOnly);
  if (problems.length > 0) throw invalid(meta, problems);
  return values;
}

/**
 * Checks values that a hook set or changed: it may set read-only fields, but not system fields, and
 * never a value of the wrong type.
 *
 * @throws `unknown_field`, `read_only_field`, `validation_error`
 */
export function readHookChanges(
  meta: ObjectMeta,
  before: RecordData,
  after: RecordData,
): RecordData {
  const values: RecordData = {};
  const problems: FieldError[] = [];
  for (const [name, value] of Object.entries(after)) {
    if (name in before && Object.is(before[name], value)) {
      values[name] = value;
      continue;
    }
    const field = meta.fields.get(name) ?? meta.translationKeys.get(name);
    if (field === undefined) throw unknown(meta, name, meta.visible);
    if (field.system || field.computed) {
      throw createError('read_only_field', {
        object: meta.name,
        fields: [name],
        reason: 'the engine maintains it, also for hooks',
      });
    }
    storeChecked(field.name, value, { values, problems, check: checkOf(field) });
  }
  if (problems.length > 0) throw invalid(meta, problems);
  return values;
}

/** The required fields that have no value. */
export function missingRequired(meta: ObjectMeta, record: RecordData): FieldError[] {
  return writePlanOf(meta).required.flatMap(({ name }) =>
    record[name] === undefined || record[name] === null
      ? [{ field: name, code: 'missing_required_field', message: 'a value is required' }]
      : [],
  );
}

/** `validation_error` for these fields. */
export function invalid(meta: ObjectMeta, fieldErrors: readonly FieldError[]): Error {
  const params = { object: meta.name, count: fieldErrors.length };
  return createError('validation_error', params, { fieldErrors });
}

/** A field as it is for the data of one admission. */
interface InputField {
  readonly field: FieldMeta;
  readonly isWritable: boolean;
  readonly check: ValueCheck;
}

const inputFields = new WeakMap<Admission, Map<string, InputField>>();

/** The fields that data of an admission has named so far. */
function inputFieldsOf(admission: Admission): Map<string, InputField> {
  let fields = inputFields.get(admission);
  if (fields === undefined) {
    fields = new Map();
    inputFields.set(admission, fields);
  }
  return fields;
}

/** @throws `unknown_field`; only fields that exist are remembered */
function addInputField(admission: Admission, name: string): InputField {
  const field = knownField(admission, name);
  const check: ValueCheck = admission.unsealed
    ? (value) => checkSecret(field, value)
    : checkOf(field);
  const made = { field, isWritable: mayWrite(admission, field), check };
  inputFieldsOf(admission).set(name, made);
  return made;
}

function knownField(admission: Admission, name: string): FieldMeta {
  const { meta } = admission;
  const translation = meta.translationKeys.get(name);
  if (translation !== undefined && isReadable(admission, translation.translation.of)) {
    return translation;
  }
  const field = meta.fields.get(name);
  if (field === undefined) throw unknown(meta, name, admission.visible);
  const isNamed = field.computed || meta.sealed.has(name);
  if (isNamed || isReadable(admission, name)) return field;
  throw unknown(meta, name, admission.visible);
}

function unknown(meta: ObjectMeta, field: string, names: readonly string[]): Error {
  return createError('unknown_field', {
    object: meta.name,
    field,
    suggestion: suggest(field, names),
  });
}

function mayWrite({ meta, writable, unsealed }: Admission, field: FieldMeta): boolean {
  if (unsealed && meta.sealed.has(field.name)) return true;
  if (meta.sealed.has(field.name) && !meta.encrypted.has(field.name)) return false;
  return !field.readOnly && (writable === undefined || writable.has(fieldOfKey(field.name)));
}

function isUnchanged(
  { unchangedFrom }: InputRules,
  { name, formula }: FieldMeta,
  value: unknown,
): boolean {
  // A formula is not stored, so there is nothing to compare a record that is sent back with.
  if (formula !== undefined) return unchangedFrom !== undefined;
  return unchangedFrom !== undefined && sameValue(unchangedFrom[name] ?? null, value ?? null);
}

function acceptedId(meta: ObjectMeta, value: unknown): string {
  if (isId(value)) return value;
  throw createError('invalid_id', { object: meta.name });
}

function storeChecked(
  name: string,
  value: unknown,
  target: {
    readonly values: RecordData;
    readonly problems: FieldError[];
    readonly check: ValueCheck;
  },
): void {
  const { values, problems, check } = target;
  if (isEmpty(value)) {
    values[name] = null;
    return;
  }
  const outcome = check(value);
  if (outcome.ok) values[name] = isEmpty(outcome.value) ? null : outcome.value;
  else problems.push({ field: name, code: outcome.code, message: outcome.message });
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}

function readOnlyError({ meta, writable }: Admission, fields: readonly string[]): Error {
  const own = fields.some((name) => meta.fields.get(fieldOfKey(name))?.readOnly === true);
  const reason = fields.every((name) => name === 'owner_id')
    ? 'handing a record over takes the right allowTransfer'
    : own || writable === undefined
      ? 'the system maintains it'
      : 'you may not change it';
  return createError('read_only_field', { object: meta.name, fields, reason });
}

/** The value of a new record whose creator says nothing; undefined without one. */
export function defaultOf(field: FieldMeta): unknown {
  const { definition } = field;
  if ('defaultValue' in definition && definition.defaultValue !== undefined) {
    return definition.defaultValue;
  }
  if (!('options' in definition)) return undefined;
  const chosen = (definition.options ?? []).filter((option) => option.default === true);
  if (chosen.length === 0) return undefined;
  return field.multiple ? chosen.map((option) => option.value) : chosen[0]?.value;
}
