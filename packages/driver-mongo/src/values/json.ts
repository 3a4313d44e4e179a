import { kindOf, refuse, type ValueColumn } from './column.js';

/** BSON nests at most 200 levels, commands and pipelines included. */
const MAX_DEPTH = 100;
/** Begins an escaped key. */
const ESCAPE = '~';

/**
 * Keys that a document cannot have, or that mean something to server or client: operators, paths,
 * types of BSON (`_bsontype` would make an object pass for one).
 */
const ODD_KEY = /^$|^[$~]|[.\0]|^(?:_bsontype|toBSON|__proto__)$/;

/**
 * Turns a JSON value into documents, arrays and scalars. Odd keys are escaped, so that a value can
 * never be taken for an operator or a type.
 *
 * @throws `unsupported_value` for what is no JSON, half a surrogate pair, or too deep nesting
 */
export function encodeJson(value: unknown, column: ValueColumn): unknown {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw refuse(column, `a JSON value is needed, not ${kindOf(value)}`);
  // The client would write another character instead.
  if (/\\u[dD][89a-fA-F]/.test(text) && !isWellFormed(JSON.parse(text))) {
    throw refuse(column, 'text must be valid Unicode (it has half a surrogate pair)');
  }
  return encode(JSON.parse(text), column, 1);
}

function encode(value: unknown, column: ValueColumn, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw refuse(column, `JSON may nest ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return value.map((element) => encode(element, column, depth + 1));
  const document: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    document[ODD_KEY.test(key) ? escaped(key) : key] = encode(member, column, depth + 1);
  }
  return document;
}

/** What {@link encodeJson} was given. */
export function decodeJson(stored: unknown): unknown {
  if (Array.isArray(stored)) return stored.map(decodeJson);
  if (typeof stored !== 'object' || stored === null) return stored;
  if (Object.getPrototypeOf(stored) !== Object.prototype)
    return (stored as { toString(): string }).toString();
  return Object.fromEntries(
    Object.entries(stored).map(([key, member]) => [original(key), decodeJson(member)]),
  );
}

function escaped(key: string): string {
  return `${ESCAPE}${key.replace(/[.\0~]/g, (character) => `~${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;
}

function original(key: string): string {
  if (!key.startsWith(ESCAPE)) return key;
  return key
    .slice(1)
    .replace(/~([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every((entry) => entry.every(isWellFormed));
}
