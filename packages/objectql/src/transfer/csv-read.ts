import { createError } from '@objectos/spec/errors';
import { createCsvParser, type CsvParser, type CsvRow } from './csv-parser.js';

/** Delimiters that are looked for when none is given. */
const DELIMITERS = [',', ';', '\t', '|'] as const;
/** So much text is enough to see the first line; more is looked at only for a longer one. */
const SAMPLE = 64 * 1024;

/** Reads CSV as lists of rows, about one list per piece of text. */
export async function* readCsv(
  chunks: AsyncIterable<string>,
  options: { readonly delimiter?: string | undefined } = {},
): AsyncGenerator<CsvRow[]> {
  let parser: CsvParser | undefined =
    options.delimiter === undefined ? undefined : createCsvParser(checked(options.delimiter));
  let sample = '';
  for await (const text of chunks) {
    if (parser !== undefined) {
      yield parser.push(text);
      continue;
    }
    sample += text;
    if (sample.length < SAMPLE && !hasFirstLine(sample)) continue;
    parser = createCsvParser(detectDelimiter(sample));
    yield parser.push(sample);
  }
  if (parser === undefined) {
    parser = createCsvParser(detectDelimiter(sample));
    yield parser.push(sample);
  }
  yield parser.end();
}

/**
 * The delimiter of a CSV file, from its first line: the one that stands there most often outside of
 * quotes.
 */
export function detectDelimiter(text: string): string {
  const counts = new Map<string, number>();
  let inQuotes = false;
  for (const character of text) {
    if (character === '"') inQuotes = !inQuotes;
    else if (inQuotes) continue;
    else if (character === '\n' || character === '\r') break;
    else counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  let best: string = ',';
  for (const candidate of DELIMITERS) {
    if ((counts.get(candidate) ?? 0) > (counts.get(best) ?? 0)) best = candidate;
  }
  return best;
}

function hasFirstLine(text: string): boolean {
  let inQuotes = false;
  for (const character of text) {
    if (character === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (character === '\n' || character === '\r')) return true;
  }
  return false;
}

function checked(delimiter: string): string {
  if (delimiter.length === 1 && !/["\r\n]/.test(delimiter)) return delimiter;
  throw createError('invalid_parameter', {
    parameter: 'delimiter',
    reason: 'expected one character, such as ";"',
  });
}
