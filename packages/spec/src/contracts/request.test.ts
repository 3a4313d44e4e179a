import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isObjectOSError } from '../errors/index.js';
import { readBody, readQuery } from './request.js';

const schema = z.strictObject({
  limit: z.coerce.number().int().max(10).optional(),
  name: z.string().optional(),
});
const asked = (query: string) => new Request(`http://localhost/api/things${query}`);
const sent = (body: string) => new Request('http://localhost/api/things', { method: 'POST', body });

function refusal(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return isObjectOSError(error) ? [error.code, error.message] : error;
  }
}

describe('a query', () => {
  it('is what the schema makes of it', () => {
    expect(readQuery(asked('?limit=3&name=a%20b'), schema)).toEqual({ limit: 3, name: 'a b' });
    expect(readQuery(asked(''), schema)).toEqual({});
  });

  it('is refused by the name of its parameter', () => {
    expect(refusal(() => readQuery(asked('?limit=99'), schema))).toEqual([
      'invalid_parameter',
      expect.stringContaining('"limit"'),
    ]);
    expect(refusal(() => readQuery(asked(`?${'x'.repeat(200)}=1`), schema))).toEqual([
      'unknown_parameter',
      `"${'x'.repeat(60)}" is not a query parameter.`,
    ]);
  });
});

describe('a body', () => {
  it('is what the schema makes of it; none is empty', async () => {
    expect(await readBody(sent('{"name":"a"}'), schema)).toEqual({ name: 'a' });
    expect(await readBody(sent(''), schema)).toEqual({});
  });

  it.each([
    ['{', 'it is not JSON'],
    ['{"name":1}', 'name: '],
    ['{"colour":1}', 'colour'],
  ])('%s is refused: %s', async (body, reason) => {
    await expect(readBody(sent(body), schema)).rejects.toMatchObject({
      code: 'body_invalid',
      message: expect.stringContaining(reason) as string,
    });
  });
});
