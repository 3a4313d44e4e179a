import { expect, it } from 'vitest';
import { FILES, recordsOf, startServer } from './support.js';

const FILES_WITH_PARTS = {
  ...FILES,
  'objects/device.object.yml': `
name: device
label: Device
pluralLabel: Devices
fields:
  name: { type: text, required: true }
  readings: { type: many_to_many, reference: reading }
`,
  'objects/part.object.yml': `
name: part
label: Part
pluralLabel: Parts
fields:
  name: { type: text, required: true }
  device: { type: master_detail, reference: device, inverse: parts }
  internal: { type: lookup, reference: internal }
`,
};

it('records are written with those around them, in one transaction, or rehearsed', async () => {
  const { call } = await startServer({ files: FILES_WITH_PARTS });
  const body = { name: 'Engine', parts: { create: [{ name: 'Wheel' }, { name: 'Rod' }] } };
  const headers = { prefer: 'dry-run' };
  const rehearsed = await call('POST', '/api/data/device', { body, headers });
  const objects = ['device', 'part', 'part'].map((object) => ({ object, operation: 'create' }));
  expect(rehearsed.body.data.changes).toMatchObject(objects);
  expect(recordsOf(await call('GET', '/api/data/part'))).toEqual([]);
  const created = await call('POST', '/api/data/device', { body });
  expect(created.status).toBe(201);
  const id = created.body.data.id as string;
  expect(recordsOf(await call('GET', `/api/data/part?device=${id}`))).toHaveLength(2);
  const bad = { parts: { create: [{ name: 'Bolt' }, {}] } };
  const refused = await call('PATCH', `/api/data/device/${id}`, { body: bad });
  expect(refused.status).toBe(400);
  expect(refused.body.error.fieldErrors).toMatchObject([{ field: 'parts.create.1.name' }]);
  expect(recordsOf(await call('GET', '/api/data/part'))).toHaveLength(2);
});

it('what the API does not offer is not written through another object', async () => {
  const { call } = await startServer({ files: FILES_WITH_PARTS });
  const name = 'Engine';
  const through = await call('POST', '/api/data/device', {
    body: { name, readings: { create: [{ name: 'x' }] } },
  });
  expect(through.body).toMatchObject({ code: 'method_not_enabled' });
  const hidden = { name, parts: { create: [{ name: 'y', internal: { create: { name: 'x' } } }] } };
  for (const [path, body] of [
    ['/api/data/device', hidden],
    ['/api/data/device/upsert?by=name', hidden],
    ['/api/data/device/createMany', [hidden]],
    ['/api/batch', { operations: [{ object: 'device', action: 'create', data: hidden }] }],
  ] as const) {
    const answer = await call('POST', path, { body });
    expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'object_not_found']);
  }
  expect(recordsOf(await call('GET', '/api/data/device'))).toEqual([]);
});
