import { readdirSync, readFileSync } from 'node:fs';
import { Validator, type Schema } from '@cfworker/json-schema';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../errors/index.js';
import { generatedFiles, jsonSchemas } from './index.js';

const root = new URL('../../../../', import.meta.url);
const stale = 'it is not what the source says: run "pnpm generate"';

describe('committed files', () => {
  test.each([...generatedFiles().keys()])('%s', (file) => {
    const committed = readFileSync(new URL(file, root), 'utf8');
    expect(committed === generatedFiles().get(file), `${file}: ${stale}`).toBe(true);
  });

  test('no schema of a format that is gone', () => {
    const files = readdirSync(new URL('packages/spec/json-schema/', root));
    expect(files.sort()).toEqual([...jsonSchemas().keys()].sort());
  });
});

test('every error is in the reference, with all its words', () => {
  const page = generatedFiles().get('docs/reference/errors.md') ?? '';
  for (const code of Object.keys(catalogue)) expect(page).toContain(`| \`${code}\` |`);
  expect(page).not.toContain('undefined');
  expect(page).not.toContain('[object');
});

function refusals(type: string, yaml: string): number {
  const schema = jsonSchemas().get(`${type}.schema.json`) as Schema;
  return new Validator(schema, '2020-12', false).validate(parse(yaml)).errors.length;
}

test('the JSON Schemas judge as the loader does', () => {
  expect(refusals('object', 'name: a\nfields: { b: { type: text, maxLength: 3 } }')).toBe(0);
  expect(refusals('object', 'extend: a\nfields: { b: { type: text } }')).toBe(0);
  expect(
    refusals('object', 'name: a\nfields: { b: { type: boolean, maxLength: 3 } }'),
  ).toBeGreaterThan(0);
  expect(refusals('object', 'name: A B\nfields: {}')).toBeGreaterThan(0);
  expect(refusals('role', 'name: a\nboss: b')).toBeGreaterThan(0);
  expect(refusals('flow', 'name: a\ntype: api\nnodes: [{ id: s, type: start }]\nedges: []')).toBe(
    0,
  );
  expect(
    refusals('flow', 'name: a\ntype: api\nnodes: [{ id: s, type: begin }]\nedges: []'),
  ).toBeGreaterThan(0);
});
