import { main } from '@objectos/cli';
import { jobsPlugin } from '@objectos/jobs';
import type { PluginInput } from '@objectos/kernel';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { dataEngineService, httpServerService, systemContext } from '@objectos/spec/contracts';
import { serverPlugin } from '@objectos/plugin-server';
import { storagePlugin } from '@objectos/storage';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bootApplication, exampleFolder, temporaryDatabase } from '../examples/boot-application.js';
import { codeBlocks } from './markdown.js';

const run = promisify(execFile);
const ctx = systemContext('test');

async function folderOfATest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'objectos-guide-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The CRM over HTTP, its engine, and a way to run the commands of a page against it. */
async function serve(plugins: readonly PluginInput[] = [], dataFolder?: string) {
  const kernel = await bootApplication({
    folder: exampleFolder('crm'),
    globs: ['objects/*.yml'],
    plugins: [...plugins, serverPlugin],
    config: {
      '@objectos/plugin-server': { port: 0 },
      ...(dataFolder === undefined ? {} : { '@objectos/storage': { dataFolder } }),
    },
  });
  const { url, startupToken: TOKEN = '' } = kernel.service(httpServerService);
  const cwd = await folderOfATest();
  const shell = async (text: string, environment: Record<string, string> = {}) => {
    const script = text.replaceAll('http://127.0.0.1:3000', url);
    const env = { ...process.env, TOKEN, ...environment };
    return (await run('bash', ['-c', script], { cwd, env })).stdout;
  };
  const json = async (text: string, environment?: Record<string, string>) =>
    JSON.parse(await shell(text, environment)) as Answer;
  return { engine: kernel.service(dataEngineService), url, TOKEN, cwd, shell, json };
}

interface Answer {
  readonly code?: string;
  readonly details?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

const blocksOf = (page: string, language: string): string[] =>
  codeBlocks(page)
    .filter((block) => block.language === language)
    .map(({ text }) => text);

test('the commands of the guide to safe writes do what it says', async () => {
  const page = 'docs/guide/safe-writes.md';
  const [merge = '', once = '', many = ''] = blocksOf(page, 'sh');
  const [conflict = '', batch = ''] = blocksOf(page, 'json');
  const { engine, url, TOKEN, json } = await serve();

  const contact = await engine.insert('contact', { name: 'Ada', email: 'ada@x.example' }, ctx);
  const ID = contact['id'] as string;
  await engine.update('contact', ID, { title: 'A' }, ctx);
  await engine.update('contact', ID, { title: 'B' }, ctx);
  await engine.update('contact', ID, { title: 'C' }, ctx);
  expect((await json(merge, { ID })).data).toMatchObject({
    record: { title: 'C', phone: '+44 20 7946 0000', revision: 5 },
  });
  const other = await engine.insert('contact', { name: 'Bob', email: 'bob@x.example' }, ctx);
  const bob = other['id'] as string;
  await engine.update('contact', bob, { title: 'A' }, ctx);
  await engine.update('contact', bob, { title: 'B' }, ctx);
  await engine.update('contact', bob, { phone: '+44 20 7946 1111' }, ctx);
  const refused = await json(merge, { ID: bob });
  expect(refused.code).toBe('merge_conflict');
  expect(refused.details).toEqual(JSON.parse(conflict));

  const first = await json(once);
  expect(await json(once)).toEqual(first);
  expect(await engine.count('account', {}, ctx)).toBe(1);

  const { records } = await engine.find('account', {}, ctx);
  const deals = Array.from({ length: 12 }, (_, at) => ({
    name: `Deal ${at}`,
    account: records[0]?.['id'],
    stage: 'prospecting',
    close_date: '2030-01-31',
  }));
  await engine.insertMany('opportunity', deals.slice(1), ctx);
  expect((await json(many)).code).toBe('unexpected_count');
  await engine.insert('opportunity', deals[0] ?? {}, ctx);
  expect((await json(many)).code).toBeUndefined();
  const changed = { op: 'eq', field: 'probability', value: 10 } as const;
  expect(await engine.count('opportunity', { where: changed }, ctx)).toBe(12);

  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/batch`, { method: 'POST', headers, body: batch });
  expect(answer.status, await answer.text()).toBe(200);
  const customers = { op: 'eq', field: 'type', value: 'customer' } as const;
  expect(await engine.count('account', { where: customers }, ctx)).toBe(1);
});

test('the requests of the guide to import and export do what it says', async () => {
  const page = 'docs/guide/import-export.md';
  const [exported = '', imported = ''] = blocksOf(page, 'sh');
  const [report = ''] = blocksOf(page, 'json');
  const { engine, cwd, shell, json } = await serve();
  const account = await engine.insert('account', { name: '=Acme' }, ctx);
  const people = [
    { name: 'Cid', email: 'cid@x.example', department: 'engineering' },
    { name: 'Bob', email: 'bob@x.example', department: 'sales', account: account['id'] },
    { name: 'Ada', email: 'ada@x.example', department: 'sales' },
  ];
  await engine.insertMany('contact', people, ctx);
  await shell(exported);
  const file = join(cwd, 'contacts.csv');
  expect((await readFile(file, 'utf8')).split('\r\n')).toEqual([
    'name,email,account.name',
    'Ada,ada@x.example,',
    "Bob,bob@x.example,'=Acme",
    '',
  ]);
  await writeFile(file, (await readFile(file, 'utf8')).replace('Ada,', 'Ada L.,'));
  expect((await json(imported)).data).toMatchObject({ created: 0, updated: 2, failed: 0 });
  const ada = { op: 'eq', field: 'email', value: 'ada@x.example' } as const;
  const { records } = await engine.find('contact', { where: ada }, ctx);
  expect(records).toMatchObject([{ name: 'Ada L.' }]);
  await writeFile(file, 'name,email\nDee,dee@x.example\nEli,no address\nFay,fay@x.example\n');
  expect((await json(imported)).data).toMatchObject(JSON.parse(report) as object);
});

test('the import in the background of the guide does what it says', async () => {
  const page = 'docs/guide/import-export.md';
  const [, , commands = ''] = blocksOf(page, 'sh');
  const { cwd, shell, url, TOKEN } = await serve(
    [jobsPlugin, storagePlugin],
    await folderOfATest(),
  );
  await writeFile(join(cwd, 'contacts.csv'), 'name,email\nDee,dee@x.example\nEli,no address\n');
  const { data } = JSON.parse(await shell(commands)) as { data: { links: { self: string } } };
  expect(data).toMatchObject({ name: 'data.import', startedBy: 'system:startup-token' });
  const look = async () => {
    const answer = await fetch(url + data.links.self, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return ((await answer.json()) as { data: { state: string } }).data;
  };
  await expect.poll(async () => (await look()).state).toBe('completed');
  expect(await look()).toMatchObject({
    work: { done: 2, total: 2, errors: 1 },
    result: { created: 1, failed: 1, failures: [{ row: 2 }] },
  });
});

test('the commands of the guide to import and export do what it says', async () => {
  const [, , , commands = ''] = blocksOf('docs/guide/import-export.md', 'sh');
  const cwd = await folderOfATest();
  const empty = await folderOfATest();
  await mkdir(join(empty, 'objects'));
  const database = await temporaryDatabase();
  let told = '';
  const write = (text: string) => (told += text);
  const io = { stdout: { write }, stderr: { write }, environment: {} };
  const objectos = (line: string, folder: string, url: string) => {
    const [, ...args] = line.split(' ');
    const located = args.map((arg) => (arg.endsWith('.csv') ? join(cwd, arg) : arg));
    // The folder comes after the first argument of the command.
    located.splice(2, 0, folder);
    return main([...located, '--database', url], io);
  };
  const [exporting = '', importing = '', creating = ''] = commands.trim().split('\n');
  await writeFile(join(cwd, 'contacts.csv'), 'name,email\nAda,ada@x.example\n');
  expect(await objectos(importing, exampleFolder('crm'), database), told).toBe(0);
  await rm(join(cwd, 'contacts.csv'));
  expect(await objectos(exporting, exampleFolder('crm'), database), told).toBe(0);
  expect(await readFile(join(cwd, 'contacts.csv'), 'utf8')).toContain('Ada,ada@x.example,');
  await writeFile(join(cwd, 'accounts.csv'), 'name,founded\nAcme,1999-01-31\nBeta,2001-02-28\n');
  expect(await objectos(creating, empty, await temporaryDatabase()), told).toBe(0);
  const made = await readFile(join(empty, 'objects/account.object.yml'), 'utf8');
  expect(made).toMatch(/founded:\n +label: Founded\n +type: date/);
});

const server = await findPostgres();

test.skipIf(server === undefined)('the guide to PostgreSQL moves records there', async () => {
  const page = 'docs/guide/postgresql.md';
  const commands = blocksOf(page, 'sh').find((text) => text.startsWith('objectos export')) ?? '';
  const place = await emptyPostgres(server ?? '');
  onTestFinished(() => place.drop());
  const folder = await folderOfATest();
  await mkdir(join(folder, 'objects'));
  await writeFile(
    join(folder, 'objects/account.object.yml'),
    'fields:\n  name: { type: text, searchable: true }\n  parent: { type: tree }\n',
  );
  const sqlite = await temporaryDatabase();
  let told = '';
  const write = (text: string) => (told += text);
  const io = { stdout: { write }, stderr: { write }, environment: {} };
  const filled = join(folder, 'filled.csv');
  await writeFile(filled, 'id,name,parent\na1,Acme,\na2,Acme East,a1\n');
  const fill = ['import', filled, folder, '--object', 'account', '--key', 'id'];
  expect(await main([...fill, '--database', sqlite], io), told).toBe(0);
  for (const line of commands.trim().split('\n')) {
    const args = line.split(' ').slice(1);
    const meant = args.map((arg) => {
      if (arg === '.') return folder;
      if (arg === '"$DATABASE_URL"') return place.url;
      if (arg.startsWith('sqlite:')) return sqlite;
      return arg.endsWith('.jsonl') ? join(folder, arg) : arg;
    });
    expect(await main(meant, io), told).toBe(0);
  }
  expect(await place.sql('SELECT id, name, parent FROM account ORDER BY id')).toEqual([
    { id: 'a1', name: 'Acme', parent: null },
    { id: 'a2', name: 'Acme East', parent: 'a1' },
  ]);
});
