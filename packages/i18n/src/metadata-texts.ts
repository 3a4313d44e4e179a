import type { MessageBundle, MessageTree, MetadataService } from '@objectos/spec/contracts';

type Mapping = Readonly<Record<string, unknown>>;

/** The bundles of the metadata's `translation` definitions. */
export function metadataBundles(metadata: MetadataService): MessageBundle[] {
  return metadata.names('translation').flatMap((name) => {
    const locales = mapping(metadata.get('translation', name)?.['locales']);
    return Object.entries(locales).map(([locale, content]) => {
      // `messages` are the application's own: they have no prefix.
      const { messages = {}, ...rest } = mapping(content) as Record<string, MessageTree>;
      return { locale, messages: { ...rest, ...messages } };
    });
  });
}

/** The keys of every text that the metadata holds in its own language: what can be translated. */
export function* metadataKeys(metadata: MetadataService): Iterable<string> {
  for (const name of metadata.names('object')) {
    const object = mapping(metadata.get('object', name));
    yield* present(object, `objects.${name}`, ['label', 'pluralLabel', 'description']);
    for (const [field, definition] of Object.entries(mapping(object['fields']))) {
      yield* fieldKeys(mapping(definition), `objects.${name}.fields.${field}`);
    }
    for (const rule of list(object['validations'])) {
      if ('message' in rule) yield `objects.${name}.validations.${String(rule['name'])}`;
    }
  }
  for (const name of metadata.names('app')) {
    yield* present(mapping(metadata.get('app', name)), `apps.${name}`, ['label', 'description']);
  }
}

function* fieldKeys(field: Mapping, key: string): Iterable<string> {
  yield* present(field, key, ['label', 'help', 'placeholder']);
  for (const option of list(field['options'])) {
    if ('label' in option) yield `${key}.options.${String(option['value'])}`;
  }
}

function* present(value: Mapping, prefix: string, keys: readonly string[]): Iterable<string> {
  for (const key of keys) if (typeof value[key] === 'string') yield `${prefix}.${key}`;
}

function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null ? (value as Mapping) : {};
}

function list(value: unknown): Mapping[] {
  return Array.isArray(value) ? value.map(mapping) : [];
}
