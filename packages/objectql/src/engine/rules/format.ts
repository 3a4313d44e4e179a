import type { ValidationDefinition } from '@objectos/spec/metadata';
import { email, phone, url } from '../../values/text.js';
import type { ValueCheck } from '../../values/outcome.js';
import { accept, refuse } from '../../values/outcome.js';
import type { Rule } from './rule.js';

type FormatDefinition = Omit<Extract<ValidationDefinition, { type: 'format' }>, 'name'>;

/** A rule that a field's text has a format. Empty values pass; `required` is another rule. */
export function formatRule(definition: FormatDefinition, name: string): Rule {
  const { field } = definition;
  const check = checkOf(definition);
  return function* ({ record }) {
    const value = record[field];
    if (value === null || value === undefined) return [];
    const outcome = check(value);
    return outcome.ok
      ? []
      : [{ field, code: name, message: definition.message ?? outcome.message }];
  };
}

function checkOf({ regex, format }: FormatDefinition): ValueCheck {
  if (regex !== undefined) return matching(new RegExp(`^(?:${regex})$`, 'u'));
  switch (format) {
    case 'email':
      return email;
    case 'url':
      return url;
    case 'phone':
      return phone;
    case 'json':
    case undefined:
      return jsonText;
  }
}

function matching(pattern: RegExp): ValueCheck {
  return (value) =>
    typeof value === 'string' && pattern.test(value)
      ? accept(value)
      : refuse('invalid_format', `expected text that matches ${pattern.source}`);
}

const jsonText: ValueCheck = (value) => {
  try {
    JSON.parse(String(value));
    return accept(value);
  } catch (error) {
    return refuse(
      'invalid_format',
      `expected JSON text (${error instanceof Error ? error.message : 'unreadable'})`,
    );
  }
};
