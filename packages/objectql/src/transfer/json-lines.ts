import { createError } from '@objectos/spec/errors';

/** One line of a JSON Lines file: its value, or the reason why there is none. */
export interface JsonLine {
  readonly line: number;
  readonly value?: unknown;
  readonly problem?: string | undefined;
}

/** Longest line. */
export const MAX_LINE = 4 * 1024 * 1024;

/** Reads JSON Lines as lists of lines. Empty lines are left out. @throws `import_file_invalid` */
export async function* readJsonLines(chunks: AsyncIterable<string>): AsyncGenerator<JsonLine[]> {
  let rest = '';
  let line = 0;
  const parsed = (text: string): JsonLine[] => {
    line += 1;
    return text.trim() === '' ? [] : [parseLine(text, line)];
  };
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > MAX_LINE) {
      throw createError('import_file_invalid', {
        line: line + 1,
        reason: 'a line is longer than 4 MiB',
      });
    }
    yield parts.flatMap(parsed);
  }
  yield parsed(rest);
}

function parseLine(text: string, line: number): JsonLine {
  try {
    return { line, value: JSON.parse(text) as unknown };
  } catch {
    return { line, problem: 'this line is not JSON' };
  }
}
