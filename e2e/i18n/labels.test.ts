import { auditPlugin } from '@objectos/audit';
import { i18nPlugin } from '@objectos/i18n';
import { serverPlugin } from '@objectos/plugin-server';
import {
  auditService,
  httpServerService,
  i18nService,
  systemContext,
} from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';

async function startCrm() {
  const kernel = await bootApplication({
    folder: exampleFolder('crm'),
    globs: ['{objects,apps,views,actions,dashboards,translations}/**/*.yml'],
    plugins: [
      { plugin: serverPlugin, config: { port: 0 } },
      { plugin: i18nPlugin, config: { recordLocales: ['de', 'de-CH'] } },
      auditPlugin,
    ],
  });
  const { url, startupToken } = kernel.service(httpServerService);
  const ask = async (path: string, language?: string, init: RequestInit = {}) => {
    const headers = {
      authorization: `Bearer ${startupToken ?? ''}`,
      ...(language === undefined ? {} : { 'accept-language': language }),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await fetch(url + path, { ...init, headers });
    return {
      status: answer.status,
      language: answer.headers.get('content-language'),
      etag: answer.headers.get('etag'),
      vary: answer.headers.get('vary'),
      // eslint-disable-next-line @typescript-eslint/no-explicit-any -- read freely in assertions
      body: (await answer.json()) as any,
    };
  };
  return { kernel, ask };
}

it('speaks the language of the reader in metadata, errors and the clients’ own routes', async () => {
  const { ask, kernel } = await startCrm();

  const german = await ask('/api/metadata/object/contact', 'de-AT,en;q=0.5');
  expect(german).toMatchObject({ language: 'de', vary: expect.stringMatching(/accept-language/i) });
  expect(german.body).toMatchObject({ label: 'Kontakt', pluralLabel: 'Kontakte' });
  expect(german.body.fields.salutation).toMatchObject({
    label: 'Anrede',
    options: expect.arrayContaining([
      { value: 'ms', label: 'Frau' },
      { value: 'mx', label: 'Mx' },
    ]),
  });
  const english = await ask('/api/metadata/object/contact');
  expect(english).toMatchObject({ language: 'en', body: { label: 'Contact' } });
  expect(english.etag).not.toBe(german.etag);
  expect((await ask('/api/v1/meta/app/crm', 'de')).body.item.description).toMatch(/^Konten/);

  const refused = await ask('/api/data/contact', 'de', { method: 'POST', body: '{"name":"Ada"}' });
  expect(refused.status).toBe(400);
  expect(refused.body.error.fieldErrors[0].message).toMatch(/^Mindestens eines/);
  const gone = await ask('/api/data/contact/nobody', 'de');
  expect(gone.body.message).toBe('Es gibt keinen Datensatz „nobody“ in „contact“.');
  expect((await ask('/api/data/contact/nobody', 'fr')).body.message).toMatch(/no/);

  const labels = await ask('/api/v1/i18n/labels/contact?locale=de');
  expect(labels.body.data).toMatchObject({
    object: 'contact',
    locale: 'de',
    label: 'Kontakt',
    labels: { title: { label: 'Position' }, salutation: { options: { ms: 'Frau', mx: 'Mx' } } },
  });
  expect((await ask('/api/i18n/labels/contact/de')).body.data).toEqual(labels.body.data);
  expect((await ask('/api/i18n/labels/nothing/de')).status).toBe(404);
  expect((await ask('/api/i18n/locales')).body.data).toEqual({
    locales: ['de', 'en'],
    default: 'en',
  });
  const texts = await ask('/api/i18n/translations/de?namespace=errors');
  expect(Object.keys(texts.body.data.translations as object)).toContain(
    'errors.record_not_found.hint',
  );
  const all = await ask('/api/i18n/translations/de');
  expect(JSON.stringify(all.body)).not.toContain('objects.');

  const coverage = kernel.service(i18nService).coverage('de');
  expect(coverage.translated).toBeGreaterThan(20);
  expect(coverage.missing).toContain('objects.contact.fields.department.label');
});

it('keeps values of records in the languages of the configuration, and asks no header for them', async () => {
  const { ask, kernel } = await startCrm();
  const send = (method: string, path: string, body: unknown) =>
    ask(path, 'de', { method, body: JSON.stringify(body) });
  const chair = { code: 'FUR-100', name: 'Chair', 'name:de': 'Stuhl' };
  const made = await send('POST', '/api/data/product', chair);
  expect(made).toMatchObject({ status: 201, body: { data: { record: { name: 'Chair' } } } });
  const path = `/api/data/product/${made.body.data.id as string}`;
  const read = async (query: string, language?: string) => {
    const { body, ...answer } = await ask(path + query, language);
    return { ...answer, name: body.data?.record?.name ?? body.error?.code };
  };
  expect(await read('', 'de')).toMatchObject({ name: 'Chair', language: null });
  expect(await read('?locale=de-CH')).toMatchObject({
    name: 'Stuhl',
    language: 'de-CH',
    etag: '"1"',
  });
  expect(await read('?locale=*&select=name')).toMatchObject({
    name: { en: 'Chair', de: 'Stuhl', 'de-CH': null },
  });
  expect(await read('?locale=xx')).toMatchObject({ status: 400 });
  const changed = await send('PATCH', `${path}?locale=de-CH`, { name: 'Stüehli' });
  expect(changed).toMatchObject({ etag: '"2"', body: { data: { record: { name: 'Stüehli' } } } });
  const audit = kernel.service(auditService);
  const me = systemContext('test');
  const id = made.body.data.id as string;
  await send('PATCH', `${path}?locale=de`, { name: 'Sessel' });
  expect(await audit.history('product', id, me)).toMatchObject([
    { changed: ['name:de'], before: { 'name:de': 'Stuhl' }, after: { 'name:de': 'Sessel' } },
    { changed: ['name:de-CH'] },
    { kind: 'record.create', after: { name: 'Chair', 'name:de': 'Stuhl' } },
  ]);
  await audit.restoreRevision('product', id, 1, me);
  expect(await read('?locale=de')).toMatchObject({ name: 'Stuhl', etag: '"4"' });
  const { paths } = (await ask('/api/openapi.json')).body;
  expect(paths['/api/data/product/export'].get.parameters).toContainEqual(
    expect.objectContaining({ name: 'locale', in: 'query' }),
  );
  const slip = await send('PATCH', `${path}?local=de`, { name: 'Sessel' });
  expect(slip.body.error ?? slip.body).toMatchObject({ code: 'unknown_parameter' });
  const found = await ask('/api/data/product?locale=de-CH&name=Stüehli&sort=name&count=false');
  expect(found.body.records ?? found.body.data.records).toHaveLength(1);
  const { fields } = (await ask('/api/metadata/object/product')).body;
  expect(fields.name).toMatchObject({ translatable: true, locales: ['en', 'de', 'de-CH'] });
});
