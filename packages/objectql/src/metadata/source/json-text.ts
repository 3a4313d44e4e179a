import {
  acceptKey,
  checkDepth,
  mark,
  spend,
  stop,
  type RawDocument,
  type ReadContext,
} from './raw.js';

/**
 * Reads JSON as strictly as `JSON.parse` does, and also finds duplicate keys and knows where
 * everything stands.
 */
export function readJson(text: string, context: ReadContext): RawDocument[] {
  const reader: Reader = { text, context, at: 0 };
  skipBlank(reader);
  const offset = reader.at;
  const value = readValue(reader, 1);
  skipBlank(reader);
  if (reader.at < text.length) fail(reader, 'something stands after its end');
  return [{ value, offset }];
}

interface Reader {
  readonly text: string;
  readonly context: ReadContext;
  at: number;
}

const BLANK = /[ \t\r\n]*/y;
// eslint-disable-next-line no-control-regex -- JSON strings must not hold control characters
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

function readValue(reader: Reader, depth: number): unknown {
  spend(reader.context, reader.at);
  const character = reader.text[reader.at];
  if (character === '{') return readObject(reader, depth);
  if (character === '[') return readArray(reader, depth);
  const token =
    character === '"' ? take(reader, STRING) : (take(reader, NUMBER) ?? take(reader, WORD));
  if (token === undefined) return failAtValue(reader, character);
  const value = JSON.parse(token) as unknown;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    reader.context.report('number_invalid', { value: token }, reader.at - token.length);
    return null;
  }
  return value;
}

function failAtValue(reader: Reader, character: string | undefined): never {
  if (character === undefined) return fail(reader, 'it ends where a value should stand');
  if (character === '"') return fail(reader, 'this text is not closed, or has a wrong escape');
  return fail(reader, `a value can't begin with "${character}"`);
}

function readObject(reader: Reader, depth: number): object {
  const { context } = reader;
  checkDepth(context, depth, reader.at);
  const result: Record<string, unknown> = {};
  const seen = new Map<string, number>();
  readEntries(reader, '}', () => {
    const offset = reader.at;
    const token = take(reader, STRING);
    if (token === undefined) return fail(reader, 'a key between double quotes should stand here');
    const key = JSON.parse(token) as string;
    skipBlank(reader);
    if (reader.text[reader.at] !== ':') return fail(reader, '":" should stand here');
    reader.at += 1;
    skipBlank(reader);
    const valueOffset = reader.at;
    const value = readValue(reader, depth + 1);
    const first = seen.get(key);
    if (first !== undefined)
      context.report('duplicate_key', { key, line: context.lineOf(first) }, offset);
    else if (acceptKey(context, key, offset)) {
      result[key] = value;
      seen.set(key, offset);
      mark(context, result, { key, at: { key: offset, value: valueOffset } });
    }
  });
  return result;
}

function readArray(reader: Reader, depth: number): unknown[] {
  checkDepth(reader.context, depth, reader.at);
  const result: unknown[] = [];
  readEntries(reader, ']', () => {
    const offset = reader.at;
    result.push(readValue(reader, depth + 1));
    const key = result.length - 1;
    mark(reader.context, result, { key, at: { key: offset, value: offset } });
  });
  return result;
}

function readEntries(reader: Reader, close: string, readEntry: () => void): void {
  reader.at += 1;
  skipBlank(reader);
  if (reader.text[reader.at] === close) {
    reader.at += 1;
    return;
  }
  for (;;) {
    readEntry();
    skipBlank(reader);
    const character = reader.text[reader.at];
    if (character !== ',' && character !== close) {
      fail(reader, `"," or "${close}" should stand here`);
    }
    reader.at += 1;
    if (character === close) return;
    skipBlank(reader);
  }
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const token = pattern.exec(reader.text)?.[0];
  if (token !== undefined) reader.at += token.length;
  return token;
}

function skipBlank(reader: Reader): void {
  take(reader, BLANK);
}

function fail(reader: Reader, reason: string): never {
  const isEnd = reader.at >= reader.text.length;
  const hint = isEnd ? 'The file may have been saved half.' : 'Correct the syntax.';
  reader.context.report('syntax', { format: 'JSON', reason, hint }, reader.at);
  return stop();
}
