import {
  dataEngineService,
  routesPoint,
  systemContext,
  definePlugin,
  type Route,
} from '@objectos/spec/contracts';
import { buildSnapshot, formatProblems, parseSource, type SourceFile } from '@objectql/core';
import { expect, test } from 'vitest';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';
import { greeter } from './greeter.js';
import { codeBlocks, listPages, type CodeBlock } from './markdown.js';

/** The standard plugins that give metadata of the guides its effect. */
const activePlugins = new Set(['@objectos/storage']);

const HEADER = /^# file: (\S+)\n/;

/** The blocks of a page that are whole metadata files, in order; a later one replaces its file. */
function metadataBlocks(page: string): CodeBlock[] {
  return codeBlocks(page).filter(({ language, text }) => language === 'yml' && HEADER.test(text));
}

const pages = listPages().filter((page) => metadataBlocks(page).length > 0);

test('the guides show metadata', () => {
  expect(pages).toContain('docs/guide/metadata.md');
  expect(pages).toContain('docs/guide/getting-started.md');
});

test.each(pages)('%s: the files it shows are valid, after each of its steps', (page) => {
  const plugin = new Map<string, SourceFile>();
  const app = new Map<string, SourceFile>();
  for (const { text } of metadataBlocks(page)) {
    const file = HEADER.exec(text)?.[1] ?? '';
    // What extends an object stands in a layer above the one that defines it.
    (text.includes('\nextend:') ? app : plugin).set(file, { file, text });
    const layers = [
      { name: 'plugin:guide', sources: [...plugin.values()].map(parseSource) },
      { name: 'app', sources: [...app.values()].map(parseSource) },
    ];
    const { problems, notices } = buildSnapshot(layers, { activePlugins });
    expect(formatProblems(problems)).toBe('');
    expect(notices).toEqual([]);
  }
});

test('the plugin of the guide does what the guide says', async () => {
  let route: Route | undefined;
  const server = definePlugin({
    manifest: { id: 'server', version: '1.0.0' },
    setup(ctx) {
      ctx.consume(routesPoint, (all) => {
        route = all.map(({ value }) => value).find(({ path }) => path === '/api/greeter/contacts');
      });
    },
  });
  const folder = exampleFolder('crm');
  const kernel = await bootApplication({
    folder,
    globs: ['objects/*.yml'],
    plugins: [greeter, server],
  });
  const ctx = systemContext('test');
  const engine = kernel.service(dataEngineService);
  const contact = await engine.insert(
    'contact',
    { name: 'Ada', email: 'ada@analytical.example' },
    ctx,
  );
  expect(contact['lead_source']).toBe('web');
  await kernel.idle();
  expect(kernel.logs.map(({ message }) => message)).toContain('a record was created');
  const request = new Request('http://localhost/api/greeter/contacts');
  const answer = await route?.handler(request, { ...ctx, params: {} });
  expect(await answer?.json()).toEqual({ contacts: 1 });
});
