import type { I18nService, Localizer } from '@objectos/spec/contracts';
import type { FieldError } from '@objectos/spec/errors';

type Mapping = Readonly<Record<string, unknown>>;

/** Texts of a language, or nothing where it has none. */
type Say = (key: string) => string | undefined;

/** Makes what surfaces use to speak the reader's language. */
export function createLocalizer(i18n: I18nService): Localizer {
  /** Looks without reporting: metadata is written in a language of its own, and that is no gap. */
  const sayIn = (locale: string): Say => {
    const translator = i18n.translator(locale);
    return (key) => (translator.has(key) ? translator.t(key) : undefined);
  };

  return {
    get version() {
      return i18n.version;
    },
    resolve: (locale) => i18n.resolve(locale),
    metadata(locale, type, definition) {
      const translate = TRANSLATED[type];
      return translate === undefined
        ? definition
        : (translate(definition as Mapping, sayIn(locale)) as typeof definition);
    },
    error(locale, error) {
      const translator = i18n.translator(locale);
      const { code, params } = error;
      const fill = (part: 'message' | 'hint'): string => {
        const key = `errors.${code}.${part}`;
        if (!translator.has(key)) return error[part];
        try {
          return translator.t(key, asParameters(params));
        } catch {
          // A translation that names a parameter the error does not have: the original is better.
          return error[part];
        }
      };
      const object = typeof params['object'] === 'string' ? params['object'] : undefined;
      return {
        message: fill('message'),
        hint: fill('hint'),
        fieldErrors: error.fieldErrors.map((one) => fieldError(one, object, sayIn(locale))),
      };
    },
  };
}

const TRANSLATED: Readonly<Record<string, (definition: Mapping, say: Say) => Mapping>> = {
  object: translateObject,
  app: (app, say) => withTexts(app, `apps.${String(app['name'])}`, ['label', 'description'], say),
};

function translateObject(object: Mapping, say: Say): Mapping {
  const name = `objects.${String(object['name'])}`;
  const result: Record<string, unknown> = {
    ...withTexts(object, name, ['label', 'pluralLabel', 'description'], say),
  };
  if (isMapping(object['fields'])) {
    result['fields'] = Object.fromEntries(
      Object.entries(object['fields']).map(([field, definition]) => [
        field,
        isMapping(definition)
          ? translateField(definition, `${name}.fields.${field}`, say)
          : definition,
      ]),
    );
  }
  if (Array.isArray(object['validations'])) {
    result['validations'] = object['validations'].map((rule: unknown) => {
      if (!isMapping(rule)) return rule;
      const message = say(`${name}.validations.${String(rule['name'])}`);
      return message === undefined ? rule : { ...rule, message };
    });
  }
  return result;
}

function translateField(field: Mapping, name: string, say: Say): Mapping {
  const result: Record<string, unknown> = {
    ...withTexts(field, name, ['label', 'help', 'placeholder'], say),
  };
  if (Array.isArray(field['options'])) {
    result['options'] = field['options'].map((option: unknown) => {
      if (!isMapping(option)) return option;
      const label = say(`${name}.options.${String(option['value'])}`);
      return label === undefined ? option : { ...option, label };
    });
  }
  return result;
}

function withTexts(definition: Mapping, name: string, keys: readonly string[], say: Say): Mapping {
  const result: Record<string, unknown> = { ...definition };
  for (const key of keys) {
    const text = say(`${name}.${key}`);
    if (text !== undefined) result[key] = text;
  }
  return result;
}

/** The code of a failed validation rule is its name; other codes are those of value checks. */
function fieldError(error: FieldError, object: string | undefined, say: Say): FieldError {
  const message =
    (object === undefined ? undefined : say(`objects.${object}.validations.${error.code}`)) ??
    say(`errors.fields.${error.code}`);
  return message === undefined ? error : { ...error, message };
}

function asParameters(params: Mapping): Record<string, string | number> {
  const result: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'string' || typeof value === 'number') result[name] = value;
    else if (Array.isArray(value)) result[name] = value.join(', ');
    else if (value === undefined) result[name] = '';
  }
  return result;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
