import { describe, expect, it } from 'vitest';
import { createCsvParser } from '../../src/transfer/csv-parser.js';
import { detectDelimiter } from '../../src/transfer/csv-read.js';
import { csvLine, escapeFormula, unescapeFormula } from '../../src/transfer/csv-write.js';
import { readRows, type FileRow } from '../../src/transfer/index.js';

function parse(text: string, delimiter = ','): (readonly string[])[] {
  const parser = createCsvParser(delimiter);
  return [...parser.push(text), ...parser.end()].map((row) => row.cells);
}

async function rowsOf(bytes: Uint8Array | string, format: 'csv' | 'jsonl' = 'csv') {
  const source = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const rows: FileRow[] = [];
  for await (const list of readRows([source], { format })) rows.push(...list);
  return rows;
}

describe('CSV', () => {
  it.each([
    [
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a\rb\r', [['a'], ['b']]],
    ['"a ""q"", b","x\ny"\n', [['a "q", b', 'x\ny']]],
    [
      'a,,\n,,b\n',
      [
        ['a', '', ''],
        ['', '', 'b'],
      ],
    ],
    ['a\n\n\nb\n', [['a'], ['b']]],
    ['""\n', [['']]],
    ['5" pipe,b\n', [['5" pipe', 'b']]],
    ['', []],
  ])('%j', (text, rows) => {
    expect(parse(text)).toEqual(rows);
    // However the text is cut, the rows are the same.
    const parser = createCsvParser(',');
    const cut = Array.from(text).flatMap((one) => parser.push(one));
    expect([...cut, ...parser.end()].map((row) => row.cells)).toEqual(rows);
  });

  it.each([
    ['"never ends\n', 'does not end'],
    ['"a"b,c\n', 'behind a closing quote'],
    [`${'a,'.repeat(1_001)}\n`, 'more than 1000 cells'],
    [`"${'x'.repeat(1024 * 1024 + 1)}`, 'longer than 1 MiB'],
  ])('refuses %.20j', (text, reason) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'import_file_invalid' }));
    expect(() => parse(text)).toThrow(reason);
  });

  it('counts lines, those inside of cells too', () => {
    const parser = createCsvParser(',');
    const rows = [...parser.push('a\n"b\nc"\r\nd\n'), ...parser.end()];
    expect(rows.map((row) => row.line)).toEqual([1, 2, 4]);
  });

  it.each([
    ['a,b;c\n', ','],
    ['a;b;c,d\n', ';'],
    ['a\tb\n', '\t'],
    ['"a;b;c",d\n;;;;', ','],
    ['a|b|c', '|'],
    ['alone', ','],
  ])('finds the delimiter of %j', (text, delimiter) => {
    expect(detectDelimiter(text)).toBe(delimiter);
  });

  it('reads UTF-8 and UTF-16 with their marks, and refuses other bytes', async () => {
    const marked = await rowsOf('\ufeffname\nÄpfel\n');
    expect(marked).toEqual([{ row: 1, line: 2, values: { name: 'Äpfel' } }]);
    const wide = new Uint8Array(Buffer.from('\ufeffname\nÄ\n', 'utf16le'));
    expect((await rowsOf(wide))[0]?.values).toEqual({ name: 'Ä' });
    await expect(rowsOf(new Uint8Array([0x61, 0x0a, 0xff, 0xfe, 0x0a]))).rejects.toMatchObject({
      code: 'import_file_invalid',
    });
  });

  it('tells rows with too many or too few cells, and refuses a header with a name twice', async () => {
    const rows = await rowsOf('a,b\n1\n1,2\n1,2,3\n');
    expect(rows.map((row) => row.problem !== undefined)).toEqual([true, false, true]);
    await expect(rowsOf('a,a\n')).rejects.toMatchObject({ code: 'import_file_invalid' });
  });
});

describe('cells that spreadsheets would run', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '\0x', '＝1', "'=1", "''+1"])(
    '%j gets an apostrophe, and loses it again',
    (text) => {
      const escaped = escapeFormula(text);
      expect(escaped).toBe(`'${text}`);
      expect(unescapeFormula(escaped)).toBe(text);
    },
  );

  it.each(['plain', "O'Neill", "'quoted'", '', '1-2'])('%j stays', (text) => {
    expect(escapeFormula(text)).toBe(text);
    expect(unescapeFormula(text)).toBe(text);
  });

  it('lines quote only what must be quoted', () => {
    expect(csvLine(['a', 'b c', 'd,e', 'f"g', 'h\ni', ''])).toBe('a,b c,"d,e","f""g","h\ni",\r\n');
    expect(csvLine([''])).toBe('""\r\n');
  });
});

describe('JSON Lines', () => {
  it('gives rows, and tells the lines that are none', async () => {
    const rows = await rowsOf('{"a":1}\n\nnonsense\r\n[1]\n{"a":2}', 'jsonl');
    expect(rows.map(({ row, line, values }) => ({ row, line, values }))).toEqual([
      { row: 1, line: 1, values: { a: 1 } },
      { row: 2, line: 3, values: {} },
      { row: 3, line: 4, values: {} },
      { row: 4, line: 5, values: { a: 2 } },
    ]);
    expect(rows.map((row) => row.problem)).toEqual([
      undefined,
      'this line is not JSON',
      'this line is not a JSON object',
      undefined,
    ]);
  });
});
