import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withApplication } from '../src/headless.js';
import { main } from '../src/index.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-migrate-'));
  mkdirSync(path.join(folder, 'objects'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the object `note` with these fields. */
function note(...fields: string[]): void {
  const text = `fields:\n${fields.map((field) => `  ${field}\n`).join('')}`;
  writeFileSync(path.join(folder, 'objects/note.object.yml'), text);
}

function terminal() {
  let out = '';
  let err = '';
  const stop = new AbortController();
  stop.abort();
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: { OBJECTOS_SECURITY: 'startup-token' },
    signal: stop.signal,
  };
  return { io, out: () => out, err: () => err };
}

async function run(...args: string[]) {
  const { io, out, err } = terminal();
  const exitCode = await main([...args, folder], io);
  return { exitCode, out: out(), err: err() };
}

const insert = (...titles: string[]) =>
  withApplication(folder, {}, terminal().io, ({ kernel }) =>
    kernel.service(dataEngineService).insertMany(
      'note',
      titles.map((title) => ({ title })),
      systemContext('test'),
    ),
  );

describe('objectos migrate', () => {
  it('plans, applies, reports and undoes', async () => {
    note('title: { type: text }');
    await insert('1', '2');
    expect(await run('migrate', 'plan')).toMatchObject({
      exitCode: 0,
      out: 'The database fits the metadata.\n',
    });
    note('size: { type: number, renamedFrom: title }', 'body: { type: textarea }');
    const plan = await run('migrate', 'plan');
    expect(plan.exitCode).toBe(2);
    expect(plan.out).toContain('rename the field "note.title" to "size"');
    expect(plan.out).toContain('[2 values] (backfill)');
    expect((await run('migrate', 'status')).exitCode).toBe(2);

    const started = await run('start', '--port', '0');
    expect(started.exitCode).toBe(1);
    expect(started.err).toContain('objectos migrate apply');

    const applied = await run('migrate', 'apply', '--json');
    expect(applied.exitCode).toBe(0);
    expect((JSON.parse(applied.out) as { done: string[] }).done).toContain(
      'convert the values of "note.size"',
    );
    expect(applied.err).toContain('"event":"progress"');
    expect(await run('migrate', 'status')).toMatchObject({ exitCode: 0 });
    expect((await run('start', '--port', '0')).exitCode).toBe(0);

    const undone = await run('migrate', 'undo', '--allow-destructive');
    expect(undone.exitCode).toBe(0);
    expect(undone.out).toContain('the next start migrates again');
    note('title: { type: text }');
    expect((await run('migrate', 'plan')).exitCode).toBe(0);
  });

  it('asks for consent, keeps what is lost, and forgets it when told', async () => {
    note('title: { type: text }', 'fax: { type: text }');
    await insert('a');
    note('title: { type: text }');
    const plan = await run('migrate', 'plan');
    expect(plan.exitCode).toBe(0);
    expect(plan.out).toContain('--allow-destructive');
    expect(plan.out).toContain('drop the field "note.fax" with its values');
    expect((await run('start', '--port', '0')).exitCode).toBe(0);
    const applied = await run('migrate', 'apply', '--allow-destructive');
    expect(applied.out).toContain('The database as it was is in ');
    expect((await run('migrate', 'status')).out).toContain('Kept for an undo in 1 tables');
    expect(await run('migrate', 'forget')).toMatchObject({ exitCode: 0 });
  });

  it('says what is in the way, and exits 1', async () => {
    note('title: { type: text }');
    await insert('many');
    note('title: { type: number }');
    const plan = await run('migrate', 'plan');
    expect(plan.exitCode).toBe(1);
    expect(plan.out).toContain('has "many" (expected a number)');
    const json = await run('migrate', 'plan', '--json');
    expect((JSON.parse(json.out) as { problems: { code: string }[] }).problems).toMatchObject([
      { code: 'values_not_convertible' },
    ]);
    const applied = await run('migrate', 'apply', '--json');
    expect(applied.exitCode).toBe(1);
    expect(JSON.parse(applied.err)).toMatchObject({ code: 'migration_blocked' });
    const undo = await run('migrate', 'undo', '--json');
    expect(JSON.parse(undo.err)).toMatchObject({ code: 'migration_undo_impossible' });
  });

  it('obeys the configuration about what a start may do', async () => {
    note('title: { type: text }');
    await insert('1');
    note('title: { type: number }');
    const write = (value: string) =>
      writeFileSync(path.join(folder, 'objectos.config.yml'), `autoMigrate: ${value}\n`);
    write('none');
    expect((await run('start', '--port', '0')).err).toContain('migrate plan');
    write('backfill');
    expect((await run('start', '--port', '0')).exitCode).toBe(0);
    note('title: { type: number }', 'body: { type: text }');
    write('none');
    expect((await run('start', '--port', '0')).exitCode).toBe(1);
  });
});
