/** Texts of one kind of metadata problem; `message` names the thing, `hint` tells the fix. */
interface ProblemDefinition<P> {
  message(params: P): string;
  hint(params: P): string;
}

function define<P>(definition: ProblemDefinition<P>): ProblemDefinition<P> {
  return definition;
}

function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
}

function list(names: readonly string[]): string {
  return names.join(', ');
}

/** A name that points to nothing, and the nearest name that exists. */
interface Missing {
  readonly owner: string;
  readonly name: string;
  readonly suggestion?: string | undefined;
}

/** Problems of reading a file, before its content means anything. */
const sourceProblems = {
  file_too_large: define<{ bytes: number; max: number }>({
    message: (p) => `The file has ${p.bytes} bytes; at most ${p.max} are read.`,
    hint: () => 'Split it into several files.',
  }),
  file_not_text: define<{ reason: string }>({
    message: (p) => `The file is not UTF-8 text: ${p.reason}.`,
    hint: () => 'Save it as UTF-8.',
  }),
  file_empty: define<Record<string, never>>({
    message: () => 'The file is empty.',
    hint: () => 'Write a definition into it, or delete it.',
  }),
  file_extension: define<{ extension: string }>({
    message: (p) => `"${p.extension}" is not a metadata file extension.`,
    hint: () => 'Use .yml, .yaml or .json.',
  }),
  type_unknown: define<{ folders: readonly string[]; suggestion?: string | undefined }>({
    message: (p) =>
      `Neither the file name nor its folder says what the file holds.${didYouMean(p.suggestion)}`,
    hint: (p) => `Name it like "account.object.yml", or move it to one of ${list(p.folders)}.`,
  }),
  syntax: define<{ format: string; reason: string; hint: string }>({
    message: (p) => `This is not valid ${p.format}: ${p.reason}.`,
    hint: (p) => p.hint,
  }),
  not_a_mapping: define<{ found: string }>({
    message: (p) => `A definition is a mapping of keys to values, but this is ${p.found}.`,
    hint: () => 'Begin with "name: …". A file that was saved half also looks like this.',
  }),
  duplicate_key: define<{ key: string; line: number }>({
    message: (p) => `The key "${p.key}" occurs twice; the first is in line ${p.line}.`,
    hint: () => 'Keep one of them.',
  }),
  reserved_key: define<{ key: string }>({
    message: (p) => `"${p.key}" is reserved and can be neither a key nor a name.`,
    hint: () => 'Choose another name.',
  }),
  key_not_text: define<{ found: string }>({
    message: (p) => `A key must be text, but this one is ${p.found}.`,
    hint: () => 'Put the key between quotes.',
  }),
  unknown_tag: define<{ tag: string }>({
    message: (p) => `The tag "${p.tag}" is not known.`,
    hint: () => 'Remove it. Put the value between quotes if it begins with "!".',
  }),
  alias_invalid: define<{ alias: string; reason: string }>({
    message: (p) => `The alias "*${p.alias}" can't be used: ${p.reason}.`,
    hint: () => 'Write the value out, or put text that begins with "*" between quotes.',
  }),
  merge_key: define<Record<string, never>>({
    message: () => 'Merge keys ("<<") are not part of YAML 1.2.',
    hint: () => 'Write the keys out.',
  }),
  number_invalid: define<{ value: string }>({
    message: (p) => `${p.value} is not a number that can be stored.`,
    hint: () => 'Write a finite number, or put the text between quotes.',
  }),
  too_deep: define<{ max: number }>({
    message: (p) => `More than ${p.max} mappings and lists stand inside each other.`,
    hint: () => 'Flatten the structure.',
  }),
  too_many: define<{ what: string; max: number }>({
    message: (p) => `The file has more than ${p.max} ${p.what}.`,
    hint: () => 'Split it into several files.',
  }),
  name_missing: define<Record<string, never>>({
    message: () => 'This definition has no name.',
    hint: () => 'With several definitions in one file, each needs "name: …".',
  }),
};

/** Problems of one definition by itself. */
const definitionProblems = {
  unknown_key: define<{ message: string; hint: string }>({
    message: (p) => p.message,
    hint: (p) => p.hint,
  }),
  invalid_value: define<{ message: string; hint: string }>({
    message: (p) => p.message,
    hint: (p) => p.hint,
  }),
  default_invalid: define<{ field: string; reason: string }>({
    message: (p) => `The default value of "${p.field}" is not valid: ${p.reason}.`,
    hint: () => 'Use a value that a record could have.',
  }),
  range_empty: define<{ field: string; lower: string; upper: string }>({
    message: (p) => `No value fits "${p.field}": "${p.lower}" is greater than "${p.upper}".`,
    hint: (p) => `Make "${p.lower}" at most "${p.upper}".`,
  }),
  formula_invalid: define<{ what: string; reason: string; hint: string }>({
    message: (p) => `The ${p.what} is not a valid expression: ${p.reason}`,
    hint: (p) => p.hint,
  }),
};

/** Problems between definitions. */
const referenceProblems = {
  duplicate_definition: define<{ type: string; name: string; other: string }>({
    message: (p) => `The ${p.type} "${p.name}" is already defined in ${p.other}.`,
    hint: (p) =>
      p.type === 'object'
        ? 'Rename one of them, or write "extend:" instead of "name:" to add to the other.'
        : 'Rename one of them, or delete it.',
  }),
  reserved_object_name: define<{ name: string }>({
    message: (p) => `The name "${p.name}" begins with "sys_", which belongs to the system.`,
    hint: () => 'Choose another name.',
  }),
  extend_unknown: define<Omit<Missing, 'owner'>>({
    message: (p) =>
      `This extends the object "${p.name}", which no lower layer defines.${didYouMean(p.suggestion)}`,
    hint: () => 'Load the plugin that defines it, or write "name:" to define it here.',
  }),
  extension_loosens: define<{
    by: string;
    object: string;
    owner: string;
    what: string;
    from: string;
    to: string;
  }>({
    message: (p) =>
      `The plugin "${p.by}" may not change "${p.what}" of the object "${p.object}" (${p.owner}) from ${p.from} to ${p.to}.`,
    hint: () =>
      'A plugin only narrows objects that are not its own. Write the change into the application, whose author answers for it.',
  }),
  reference_unknown: define<Missing>({
    message: (p) =>
      `"${p.owner}" refers to the object "${p.name}", which does not exist.${didYouMean(p.suggestion)}`,
    hint: () => 'Correct the name, or define the object.',
  }),
  field_unknown: define<Missing & { object: string }>({
    message: (p) =>
      `${p.owner} names the field "${p.name}", which "${p.object}" does not have.${didYouMean(p.suggestion)}`,
    hint: (p) => `Correct the name, or add the field to "${p.object}".`,
  }),
  item_unknown: define<Missing & { type: string }>({
    message: (p) =>
      `${p.owner} refers to the ${p.type} "${p.name}", which does not exist.${didYouMean(p.suggestion)}`,
    hint: (p) => `Correct the name, or define the ${p.type}.`,
  }),
  value_unknown: define<Missing & { field: string }>({
    message: (p) =>
      `${p.owner} names the value "${p.name}", which "${p.field}" does not offer.${didYouMean(p.suggestion)}`,
    hint: (p) => `Correct the value, or add it to the options of "${p.field}".`,
  }),
  master_detail_cycle: define<{ path: readonly string[] }>({
    message: (p) => `Master-detail fields form a circle: ${p.path.join(' -> ')}.`,
    hint: () => 'Make one of them a lookup; for a hierarchy of one object use the type "tree".',
  }),
  summary_invalid: define<{ field: string; reason: string }>({
    message: (p) => `The roll-up summary "${p.field}" cannot be computed: ${p.reason}.`,
    hint: () => 'Correct "summaryOperations"; docs/guide/computed-fields.md says what it may hold.',
  }),
  computed_cycle: define<{ path: readonly string[] }>({
    message: (p) => `Computed fields depend on each other in a circle: ${p.path.join(' -> ')}.`,
    hint: () => 'Take one of them out of the circle.',
  }),
  required_cycle: define<{ path: readonly string[] }>({
    message: (p) =>
      `Required fields form a circle, so that no first record can be made: ${p.path.join(' -> ')}.`,
    hint: () => 'Make one of them optional.',
  }),
  relation_name_taken: define<{ owner: string; object: string; name: string }>({
    message: (p) =>
      `"${p.owner}" calls its records "${p.name}" on "${p.object}", which has that name already.`,
    hint: () => 'Choose another name.',
  }),
  inverse_of_list: define<{ owner: string }>({
    message: (p) => `"${p.owner}" holds a list of ids, so it has no "inverse".`,
    hint: () => 'Use the type "many_to_many".',
  }),
  link_object: define<{ owner: string; through: string; object: string; reference: string }>({
    message: (p) =>
      `"${p.owner}" goes through "${p.through}", which does not have exactly one lookup to "${p.object}" and one to "${p.reference}".`,
    hint: (p) =>
      p.object === p.reference
        ? 'Call its two lookups "source" and "target".'
        : 'Give it these two lookups, or leave out "through" to have the object made.',
  }),
  membership_field: define<{ owner: string; object: string; field: string; reference: string }>({
    message: (p) =>
      `The membership of ${p.owner} needs a lookup of "${p.object}" to "${p.reference}", and "${p.field}" is none.`,
    hint: (p) => `Name the field of "${p.object}" that leads to "${p.reference}".`,
  }),
  link_attributes: define<{ owner: string; through: string }>({
    message: (p) => `"${p.owner}" has attributes, but "${p.through}" is defined elsewhere.`,
    hint: (p) => `Declare them as fields of "${p.through}".`,
  }),
  field_kind: define<{ owner: string; field: string; expected: string; found: string }>({
    message: (p) => `${p.owner} needs ${p.expected}, but "${p.field}" is of type ${p.found}.`,
    hint: () => 'Name a field of that kind.',
  }),
  delete_behavior: define<{ field: string }>({
    message: (p) => `"${p.field}" is required, so deleting its record can't empty it.`,
    hint: () => 'Use deleteBehavior "restrict" or "cascade", or make the field optional.',
  }),
  former_name_exists: define<{ owner: string; name: string }>({
    message: (p) => `"${p.owner}" was named "${p.name}" before, and "${p.name}" exists.`,
    hint: (p) => `Remove renamedFrom, or the definition of "${p.name}".`,
  }),
  former_name_twice: define<{ owner: string; name: string; other: string }>({
    message: (p) => `"${p.owner}" and "${p.other}" were both named "${p.name}" before.`,
    hint: () => 'Keep renamedFrom where the values should move, and remove the other one.',
  }),
  duplicate_rule: define<{ object: string; name: string; other: string }>({
    message: (p) => `"${p.object}" already has a validation "${p.name}" in ${p.other}.`,
    hint: () => 'Rename one of them.',
  }),
  duplicate_index: define<{ object: string; name: string }>({
    message: (p) => `"${p.object}" has two indexes named "${p.name}".`,
    hint: () => 'Rename or remove one of them.',
  }),
  index_encrypted: define<{ object: string; name: string }>({
    message: (p) => `An index of "${p.object}" has "${p.name}", which is encrypted.`,
    hint: () => 'Leave it out: equal values are not stored equally, so nothing can be looked up.',
  }),
};

/** Every kind of metadata problem, by its stable code. */
export const problemCatalogue = {
  ...sourceProblems,
  ...definitionProblems,
  ...referenceProblems,
} as const;

/** A stable code of a metadata problem. */
export type ProblemCode = keyof typeof problemCatalogue;

/** The parameters that the texts of `C` need. */
export type ProblemParams<C extends ProblemCode> =
  (typeof problemCatalogue)[C] extends ProblemDefinition<infer P> ? P : never;
