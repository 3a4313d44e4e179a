import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importPlugin } from '../src/node/index.js';
import { booted, failure } from './support.js';
import { bundle, startProgram, temporaryFolder } from './support-process.js';

const program = (stop: string) => `
  import { createKernel, definePlugin, silentLogger } from './src/index.ts';
  import { stopOnSignals } from './src/node/index.ts';
  const plugin = definePlugin({
    manifest: { id: 'p', version: '1.0.0' },
    setup(ctx) {
      ctx.setInterval(() => undefined, 1000);
      return { ${stop} };
    },
  });
  const kernel = createKernel({ plugins: [plugin], logger: silentLogger });
  await kernel.boot();
  stopOnSignals(kernel, {
    deadline: 60_000,
    logger: { ...silentLogger, info: (_f, message) => console.log(message), warn: (_f, message) => console.log(message) },
  });
  console.log('running');
`;

it.each(['SIGINT', 'SIGTERM'] as const)(
  'stops gracefully on %s and ends with 0',
  async (signal) => {
    const run = await startProgram(
      program(`stop: async () => { await 1; console.log('stopped'); }`),
    );
    await run.said('running');
    run.child.kill(signal);
    expect(await run.exit).toBe(0);
    expect(run.output()).toContain('stopping; a second signal ends at once\nstopped\n');
  },
);

it('ends with 1 when something did not stop as it should', async () => {
  const run = await startProgram(program(`stop() { throw new TypeError('no'); }`));
  await run.said('running');
  run.child.kill('SIGTERM');
  expect(await run.exit).toBe(1);
});

it('ends at once on a second signal', async () => {
  const run = await startProgram(
    program(`stop: () => { console.log('hanging'); return new Promise(() => {}); }`),
  );
  await run.said('running');
  run.child.kill('SIGTERM');
  await run.said('hanging');
  run.child.kill('SIGINT');
  expect(await run.exit).toBe(130);
  expect(run.output()).toContain('second signal: ending at once');
});

it('reads a plugin and what it imports anew at every import', async () => {
  const run = await startProgram(`
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { createKernel, silentLogger } from './src/index.ts';
    import { importPlugin } from './src/node/index.ts';
    const write = (word: string) => {
      writeFileSync('plugins/word.js', \`export const word = '\${word}';\`);
      writeFileSync('plugins/plugin.js', \`
        import { word } from './word.js';
        import { loads } from 'library';
        export const plugin = { id: 'p', version: '1.0.0', onLoad() { console.log(word, loads); } };
      \`);
    };
    mkdirSync('plugins');
    mkdirSync('node_modules/library', { recursive: true });
    writeFileSync('node_modules/library/package.json', '{"name":"library","type":"module","exports":"./index.js"}');
    writeFileSync('node_modules/library/index.js', 'globalThis.loads = (globalThis.loads ?? 0) + 1; export const loads = globalThis.loads;');
    write('first');
    const kernel = createKernel({ plugins: [await importPlugin('plugins/plugin.js')], logger: silentLogger });
    await kernel.boot();
    write('second');
    await kernel.reload('p', await importPlugin('plugins/plugin.js'));
    await kernel.stop();
  `);
  expect(await run.exit).toBe(0);
  expect(run.output().replaceAll(/^.*Warning.*\n|^\(Use .*\n/gm, '')).toBe('first 1\nsecond 1\n');
});

it('keeps what it imported for a host that never reloads', async () => {
  const run = await startProgram(`
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { importPlugin } from './src/node/index.ts';
    const write = (name: string) =>
      writeFileSync('plugins/plugin.js', \`export const plugin = { id: '\${name}', version: '1.0.0' };\`);
    mkdirSync('plugins');
    write('first');
    const one = await importPlugin('plugins/plugin.js', { reloadable: false });
    write('second');
    const other = await importPlugin('plugins/plugin.js', { reloadable: false });
    console.log(one.plugin === other.plugin);
  `);
  expect(await run.exit).toBe(0);
  expect(run.output().replaceAll(/^.*Warning.*\n|^\(Use .*\n/gm, '')).toBe('true\n');
});

it('imports the default export, with the folder of the file', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'plugin.mjs');
  await writeFile(
    file,
    `export default { id: 'crm', version: '1.0.0', objects: ['./objects/*.yml'] };`,
  );
  const entry = await importPlugin(file);
  expect(entry.baseDir).toBe(folder);
  expect((await booted([entry])).plugins()).toMatchObject([{ id: 'crm', state: 'started' }]);
});

it.each([
  ['export const other = 1;', 'it exports none'],
  ['export default () => 1;', 'it exports a function'],
  ['export default {', ''],
])('refuses a file that is no plugin: %s', async (text, reason) => {
  const file = join(await temporaryFolder(), 'plugin.mjs');
  await writeFile(file, text);
  const error = await failure(() => importPlugin(file));
  expect(error.code).toBe('plugin_import_failed');
  expect(error.message).toContain(reason);
});

it('refuses a file that is not there', async () => {
  const error = await failure(() => importPlugin('gone/plugin.js'));
  expect(error.code).toBe('plugin_import_failed');
});

it('needs nothing of Node outside its node entry', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'out'));
  const outfile = join(folder, 'out', 'kernel.mjs');
  const { metafile } = await bundle(`export * from './src/index.ts';`, 'browser', outfile);
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  expect(imports.filter(({ external }) => external)).toEqual([]);
  expect(Object.keys(metafile.inputs).filter((file) => file.includes('src/node/'))).toEqual([]);
  expect(await readFile(outfile, 'utf8')).toContain('createKernel');
});
