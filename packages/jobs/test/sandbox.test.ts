import { afterAll, describe, expect, it } from 'vitest';
import { jobsService, systemContext } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { jobsPlugin } from '../src/index.js';
import { createSandbox } from '../src/sandbox/sandbox.js';

const sandbox = createSandbox(1);
afterAll(() => sandbox.close());
const never = new AbortController().signal;

function run(code: string, payload: unknown = null, limits: object = {}, signal = never) {
  const input = { payload, attempt: 1, id: 'job_1' };
  return sandbox.run('script', { code, ...limits }, { input, signal });
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ended well',
    (error: unknown) => (error as { code?: unknown }).code,
  );

/** `found(f)`: what code made by the constructor of `f` sees of the host. */
const REACHED = `
  const found = (made) => {
    let make = made;
    try { make = made.constructor.constructor; } catch { return 'nothing'; }
    if (typeof make !== 'function') return 'nothing';
    const global = make('return globalThis')();
    const names = ['process', 'require', 'fetch', 'Buffer', 'module'];
    return names.filter((name) => global[name] !== undefined).join() || 'nothing';
  };
  const caught = (work) => { try { return work(); } catch (error) { return error; } };`;

const ESCAPES = [
  'return found(input);',
  'return found(input.payload ?? {});',
  'return found(this ?? {});',
  'return found(globalThis);',
  // An error that the host threw.
  'let e; try { await import("node:fs"); } catch (error) { e = error; } return found(e);',
  'return found(caught(() => { const deep = () => deep(); deep(); }));',
  'return found(caught(() => null.x));',
  // Stacks that hand out frames of the host.
  'Error.prepareStackTrace = (_, frames) => frames; const s = new Error().stack; return found(Array.isArray(s) ? s[0].getThis?.() ?? s[0] : s);',
  // What comes out of promises and generators of the host.
  'const p = Promise.reject(new Proxy({}, { get: () => () => 1 })); let e; try { await p; } catch (x) { e = x; } return found(e.x ?? e);',
  'class P extends Promise { static get [Symbol.species]() { return function (work) { work(() => 1, () => 2); }; } } return found(new P((ok) => ok(1)).then(() => 1));',
  'return found(Object.getPrototypeOf(async function* () {}).constructor);',
  'return found(Reflect.getPrototypeOf(Reflect.construct(Function, [])));',
  // Objects of the host behind the globals.
  'for (const name of Object.getOwnPropertyNames(globalThis)) { const f = found(globalThis[name] ?? {}); if (f !== "nothing") return name + f; } return "nothing";',
  'return found(Object.getOwnPropertyDescriptor(globalThis, "console")?.value ?? {});',
];

describe('the sandbox of jobs', () => {
  it('runs a script with JSON in and JSON out, asynchronous or not', async () => {
    const sum = 'const run = ({ payload }) => ({ sum: payload.reduce((a, b) => a + b, 0) });';
    expect(await run(sum, [1, 2, 3])).toEqual({ sum: 6 });
    const slow = 'async function run({ attempt }) { await null; return `attempt ${attempt}`; }';
    expect(await run(slow)).toBe('attempt 1');
    expect(await run('function run() {}')).toBeNull();
  });

  it('reaches nothing of the host', async () => {
    const names = [
      'process',
      'require',
      'module',
      'fetch',
      'WebAssembly',
      'setTimeout',
      'XMLHttpRequest',
      'std',
      'os',
      'parentPort',
      'Worker',
      'Buffer',
    ];
    const seen = `function run({ payload }) {
      const reach = (name) => { try { return typeof (0, eval)(name); } catch { return 'undefined'; } };
      return payload.filter((name) => reach(name) !== 'undefined');
    }`;
    expect(await run(seen, names)).toEqual([]);
    const escape = `function run() { return run.constructor.constructor('return typeof process')(); }`;
    expect(await run(escape)).toBe('undefined');
    expect(await codeOf(run(`async function run() { await import('node:fs'); }`))).toBe(
      'job_sandbox_failed',
    );
  });

  // The ways in which sandboxes of the same engine were left (vm2, NocoBase, n8n), to what they wanted.
  it('lets no published escape out', async () => {
    const isHost = (code: string) => run(`async function run(input) { ${REACHED} ${code} }`);
    const reached = await Promise.all(ESCAPES.map(isHost));
    expect(reached).toEqual(ESCAPES.map(() => 'nothing'));
  });

  it('keeps nothing from one run to the next', async () => {
    const count = 'globalThis.n = (globalThis.n ?? 0) + 1; function run() { return globalThis.n; }';
    expect([await run(count), await run(count)]).toEqual([1, 1]);
    const poison = 'Array.prototype.map = null; JSON.parse = null; function run() { return 1; }';
    expect(await codeOf(run(poison))).toBe('job_sandbox_failed');
    expect(await run('function run() { return [1].map((x) => x + 1); }')).toEqual([2]);
  });

  it.each([
    ['for ever', 'function run() { for (;;) {} }', { milliseconds: 50 }],
    ['while it is read', 'for (;;) {}', { milliseconds: 50 }],
    ['in promises', 'async function run() { for (;;) await null; }', { milliseconds: 50 }],
    ['with arrays', 'function run() { const a = []; for (;;) a.push([1, 2, 3]); }', {}],
    ['with bytes', 'function run() { const a = []; for (;;) a.push(new Uint8Array(1e6)); }', {}],
    ['in recursion', 'function run() { return run() + 1; }', {}],
    ['with text', 'function run() { let s = "x"; for (;;) s += s; }', {}],
  ])('ends a script that goes on %s', async (_how, code, limits) => {
    const before = process.memoryUsage().rss;
    const ended = await codeOf(
      run(code, null, { memory: 8 * 1024 * 1024, milliseconds: 5_000, ...limits }),
    );
    expect(['job_sandbox_limit', 'job_sandbox_failed']).toContain(ended);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect(await run('function run() { return "still here"; }')).toBe('still here');
  });

  it('says which limit it was, and what a script threw', async () => {
    expect(await codeOf(run('function run() { for (;;) {} }', null, { milliseconds: 20 }))).toBe(
      'job_sandbox_limit',
    );
    await expect(run('function run() { throw new Error("no stock"); }')).rejects.toMatchObject({
      code: 'job_sandbox_failed',
      message: expect.stringContaining('no stock') as string,
    });
    expect(await codeOf(run('function ('))).toBe('job_sandbox_failed');
    expect(await codeOf(run('const other = 1;'))).toBe('job_sandbox_failed');
    expect(await codeOf(run('function run() { return new Promise(() => {}); }'))).toBe(
      'job_sandbox_failed',
    );
  });

  it('is given up when the job is', async () => {
    const abort = new AbortController();
    const ended = run(
      'function run() { for (;;) {} }',
      null,
      { milliseconds: 60_000 },
      abort.signal,
    );
    abort.abort(new Error('cancelled'));
    await expect(ended).rejects.toThrow('cancelled');
  });
});

it('runs jobs', async () => {
  const kernel = await createTestKernel({ plugins: [jobsPlugin] });
  const jobs = kernel.service(jobsService);
  const code = 'const run = ({ payload }) => payload.price * payload.count;';
  jobs.handleInSandbox('total', { code });
  const { id } = await jobs.enqueue('total', { price: 3, count: 4 }, systemContext('test'));
  await expect.poll(async () => (await jobs.get(id))?.state).toBe('completed');
  expect((await jobs.get(id))?.result).toBe(12);
});
