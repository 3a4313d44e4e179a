import { fieldSchema } from '../field.js';
import {
  camelise,
  get,
  isMapping,
  mapping,
  nest,
  notice,
  placeOf,
  put,
  rename,
  renameAll,
  set,
  type Draft,
  type Journal,
  type Place,
  type Rewrite,
  move,
} from './draft.js';

const TYPE_ALIASES: Readonly<Record<string, string>> = {
  auto_number: 'autonumber',
  autoNumber: 'autonumber',
  rollup_summary: 'summary',
  rollup: 'summary',
  object: 'json',
  grid: 'json',
  checkbox: 'boolean',
  masterDetail: 'master_detail',
  'master-detail': 'master_detail',
};

const KEY_ALIASES: Readonly<Record<string, string>> = {
  reference_to: 'reference',
  referenceTo: 'reference',
  help_text: 'help',
  helpText: 'help',
  inlineHelpText: 'help',
  regex: 'pattern',
  readOnly: 'readonly',
  read_only: 'readonly',
  data_type: 'returnType',
};

const NESTED: readonly (readonly [string, string, string])[] = [
  ['max_size', 'fileAttachmentConfig', 'maxSize'],
  ['min_size', 'fileAttachmentConfig', 'minSize'],
  ['dimension', 'vectorConfig', 'dimensions'],
  ['dimensions', 'vectorConfig', 'dimensions'],
  ['summary_object', 'summaryOperations', 'object'],
  ['summary_field', 'summaryOperations', 'field'],
  ['summary_type', 'summaryOperations', 'function'],
];

const knownKeys: ReadonlySet<string> = new Set(
  fieldSchema.options.flatMap((branch) => Object.keys(branch.shape)),
);

/** One field: `name: text`, or a mapping with old spellings. */
export const rewriteField: Rewrite = (value, place, journal) => {
  if (typeof value === 'string') return shorthand(value, place, journal);
  return mapping(changeField)(value, place, journal);
};

function shorthand(type: string, place: Place, journal: Journal): unknown {
  move(journal, [...place.now, 'type'], place.written);
  return mapping(renameType)({ type }, place, journal);
}

function changeField(draft: Draft): void {
  renameAll(draft, KEY_ALIASES);
  for (const [from, to, part] of NESTED) nest(draft, from, [to, part]);
  camelise(draft, knownKeys);
  changeOptions(draft);
  completeType(draft);
  renameType(draft);
  if (get(draft, 'type') === 'formula') rename(draft, 'formula', 'expression');
  changeBlank(draft);
  changeAccept(draft);
}

function renameType(draft: Draft): void {
  const type = get(draft, 'type');
  if (typeof type !== 'string' || !Object.hasOwn(TYPE_ALIASES, type)) return;
  const to = TYPE_ALIASES[type];
  notice(
    draft,
    placeOf(draft, 'type').written,
    `The type "${type}" is an old spelling of "${String(to)}".`,
  );
  set(draft, 'type', to);
}

/** A field with options and no type is a select. */
function completeType(draft: Draft): void {
  if (draft.entries.has('type') || !draft.entries.has('options')) return;
  const { written } = placeOf(draft, 'options');
  put(draft, 'type', { value: 'select', written });
  notice(draft, written, 'A field with options and no type is a "select".');
}

function changeOptions(draft: Draft): void {
  const options = get(draft, 'options');
  const place = placeOf(draft, 'options');
  if (isMapping(options)) set(draft, 'options', optionsOfMapping(options, place, draft.journal));
  if (!Array.isArray(options)) return;
  const values = new Map<unknown, string>();
  const list = options.map((option: unknown, index) => {
    if (!isPlain(option)) return option;
    const label = String(option);
    const value = machineName(label);
    values.set(option, value);
    const written = [...place.written, index];
    for (const key of ['value', 'label']) move(draft.journal, [...place.now, index, key], written);
    return { value, label };
  });
  if (values.size === 0) return;
  notice(
    draft,
    place.written,
    'Plain options are stored in lower case with "_"; write { value, label } to choose.',
  );
  set(draft, 'options', list);
  const defaultValue = values.get(get(draft, 'defaultValue'));
  if (defaultValue !== undefined) set(draft, 'defaultValue', defaultValue);
}

/** `options: { open: Open }` */
function optionsOfMapping(
  options: Readonly<Record<string, unknown>>,
  place: Place,
  journal: Journal,
): unknown[] {
  return Object.entries(options).map(([value, label], index) => {
    move(journal, [...place.now, index], [...place.written, value]);
    for (const key of ['value', 'label']) {
      move(journal, [...place.now, index, key], [...place.written, value]);
    }
    return { value, label };
  });
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** `In Progress` becomes `in_progress`; a text without Latin letters or digits stays as it is. */
function machineName(label: string): string {
  const name = label
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  return name === '' ? label : name;
}

function changeBlank(draft: Draft): void {
  const entry = draft.entries.get('blank_as_zero');
  if (typeof entry?.value !== 'boolean' || draft.entries.has('blankAs')) return;
  draft.entries.delete('blank_as_zero');
  put(draft, 'blankAs', { value: entry.value ? 'zero' : 'blank', written: entry.written });
  notice(draft, entry.written, '"blank_as_zero" is an old spelling of "blankAs".');
}

/** `accept: "image/*,.pdf"` */
function changeAccept(draft: Draft): void {
  const entry = draft.entries.get('accept');
  const config = get(draft, 'fileAttachmentConfig') ?? {};
  if (entry === undefined || !isMapping(config)) return;
  const accepted = acceptedTypes(entry.value);
  if (accepted === undefined) return;
  draft.entries.delete('accept');
  const endings = accepted.filter((one) => one.startsWith('.'));
  const mimeTypes = accepted.filter((one) => !one.startsWith('.'));
  put(draft, 'fileAttachmentConfig', {
    value: {
      ...(endings.length > 0 && { allowedTypes: endings }),
      ...(mimeTypes.length > 0 && { allowedMimeTypes: mimeTypes }),
      ...config,
    },
    written: draft.entries.get('fileAttachmentConfig')?.written ?? entry.written,
  });
  for (const key of ['allowedTypes', 'allowedMimeTypes']) {
    if (Object.hasOwn(config, key)) continue;
    move(draft.journal, [...draft.place.now, 'fileAttachmentConfig', key], entry.written);
  }
  notice(draft, entry.written, '"accept" is an old spelling of "fileAttachmentConfig".');
}

function acceptedTypes(value: unknown): string[] | undefined {
  const list: unknown[] =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  const texts = list.filter((one) => typeof one === 'string').map((one) => one.trim());
  return texts.length > 0 && texts.length === list.length ? texts : undefined;
}
