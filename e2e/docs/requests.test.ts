import { i18nPlugin } from '@objectos/i18n';
import { httpServerService } from '@objectos/spec/contracts';
import { serverPlugin } from '@objectos/plugin-server';
import { expect, test } from 'vitest';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';
import { codeBlocks, listPages } from './markdown.js';

/** A request of a page: the first line says what is asked, the rest is a body. */
interface Sample {
  readonly page: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

function samplesOf(page: string): Sample[] {
  return codeBlocks(page)
    .filter(({ language }) => language === 'http')
    .map(({ text }) => {
      const [first = '', ...rest] = text.trim().split('\n');
      const [method = '', path = ''] = first.split(' ');
      return { page, method, path, body: rest.length === 0 ? undefined : rest.join('\n') };
    });
}

const samples = listPages().flatMap(samplesOf);

test('the guides show requests', () => {
  expect(samples.length).toBeGreaterThan(10);
});

test('the requests of the guides are answered by the sample application', async () => {
  const kernel = await bootApplication({
    folder: exampleFolder('crm'),
    globs: ['objects/*.yml', 'data/campaigns.seed.yml'],
    plugins: [serverPlugin, i18nPlugin],
    config: {
      '@objectos/plugin-server': { port: 0 },
      '@objectos/i18n': { recordLocales: ['de', 'fr'] },
    },
  });
  const { url, startupToken = '' } = kernel.service(httpServerService);
  for (const { page, method, path, body } of samples) {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${startupToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    expect(response.ok, `${page}: ${method} ${path}\n${await response.text()}`).toBe(true);
  }
});
