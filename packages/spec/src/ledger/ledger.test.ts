import { expect, test } from 'vitest';
import { z } from 'zod';
import { FIELD_TYPES, formats, METADATA_TYPES } from '../metadata/index.js';
import { inactiveKeys, ledger, schemaKeys } from './index.js';

const none: ReadonlySet<string> = new Set();

test.each(METADATA_TYPES)('%s: the ledger and the schema know the same keys', (type) => {
  const keys = ledger[type].map((entry) => entry.key).filter((key) => !key.includes('='));
  expect([...keys].sort()).toEqual(schemaKeys(formats[type].schema));
});

test.each(METADATA_TYPES)(
  '%s: an experimental format has no active key, an active one some',
  (type) => {
    const active = ledger[type].filter((entry) => entry.status === 'active').length;
    expect(active > 0).toBe(formats[type].status === 'active');
  },
);

test('single values in the ledger are values of their key', () => {
  const values = METADATA_TYPES.flatMap((type) =>
    ledger[type].filter((entry) => entry.key.includes('=')),
  );
  expect(values.length).toBeGreaterThan(0);
  for (const { key } of ledger.object.filter((entry) => entry.key.includes('='))) {
    const [path, value] = key.split('=');
    expect(path).toBe('fields.*.type');
    expect(FIELD_TYPES).toContain(value);
  }
  expect(
    ledger.action.filter((entry) => entry.key.includes('=')).map((entry) => entry.key),
  ).toEqual(['type=script', 'type=flow']);
});

test('schemaKeys sees through every wrapper', () => {
  const schema = z.strictObject({
    a: z.array(z.union([z.string(), z.strictObject({ b: z.number() })])).optional(),
    c: z.record(z.string(), z.strictObject({ d: z.string().nullable() })),
    e: z
      .unknown()
      .superRefine(() => undefined)
      .pipe(
        z.record(z.string(), z.discriminatedUnion('f', [z.strictObject({ f: z.literal('g') })])),
      ),
  });
  expect(schemaKeys(schema)).toEqual(['a', 'a.*.b', 'c', 'c.*.d', 'e', 'e.*.f']);
});

test('a key without its plugin is reported, with it is not', () => {
  const object = {
    name: 'a',
    sharingModel: 'private',
    enable: { trash: true, trackHistory: true },
    fields: {
      total: { type: 'vector', vectorConfig: { dimensions: 2, distanceMetric: 'cosine' } },
      photo: { type: 'image', fileAttachmentConfig: { maxSize: 1 } },
      title: { type: 'text' },
    },
  };
  const paths = (loaded: ReadonlySet<string>) =>
    inactiveKeys('object', object, loaded).map(
      (one) => `${one.path.join('.')} ${one.plugin ?? '-'}`,
    );
  expect(paths(none)).toEqual([
    'sharingModel @objectos/permissions',
    'enable.trackHistory @objectos/audit',
    'fields.photo.type @objectos/storage',
  ]);
  expect(paths(new Set(['@objectos/permissions', '@objectos/audit', '@objectos/storage']))).toEqual(
    [],
  );
  expect(
    inactiveKeys('object', object, none)
      .map((one) => one.message)
      .slice(0, 2),
  ).toEqual([
    '"sharingModel" has no effect until the plugin @objectos/permissions is loaded.',
    '"trackHistory" has no effect until the plugin @objectos/audit is loaded.',
  ]);
});

test('a format without its plugin is reported once', () => {
  const workflow = { name: 'w', object: 'o', states: { a: { initial: true } } };
  expect(inactiveKeys('workflow', workflow, none)).toEqual([
    {
      path: [],
      plugin: '@objectos/workflow',
      message: 'A workflow has no effect until the plugin @objectos/workflow is loaded.',
    },
  ]);
  expect(inactiveKeys('workflow', workflow, new Set(['@objectos/workflow']))).toEqual([]);
});

test('names of records that look like keys are not taken for keys', () => {
  const object = { name: 'a', fields: { sharingModel: { type: 'text' } } };
  expect(inactiveKeys('object', object, none)).toEqual([]);
});
