import { i18nPlugin } from '@objectos/i18n';
import { serverPlugin } from '@objectos/plugin-server';
import { httpServerService, i18nService } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';

async function startCrm() {
  const kernel = await bootApplication({
    folder: exampleFolder('crm'),
    globs: ['{objects,apps,views,actions,dashboards,translations}/**/*.yml'],
    plugins: [{ plugin: serverPlugin, config: { port: 0 } }, i18nPlugin],
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
