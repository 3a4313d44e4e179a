/**
 * The thread in which scripts run, each in an instance of QuickJS of its own: WebAssembly with no
 * import but a clock and random numbers, so there is nothing of the host to reach. Input and result
 * pass as JSON text; no object of one side is ever seen by the other.
 */
export const SANDBOX_PROGRAM = `
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';

const STACK = 256 * 1024;
const CALL = '(async () => JSON.stringify((await run(JSON.parse(input))) ?? null))()';
let library;
let binary;

parentPort.on('message', async ({ module, wasm, code, input, memory, milliseconds }) => {
  library ??= await import(module);
  binary ??= await WebAssembly.compile(await readFile(new URL(wasm)));
  const end = performance.now() + milliseconds;
  let late = false;
  const interruptHandler = () => {
    // Asked every few thousand instructions.
    late = performance.now() > end;
    return late;
  };
  let vm;
  try {
    vm = await library.QuickJS.create({ wasm: binary, memoryLimit: memory, maxStackSize: STACK, interruptHandler });
    vm.evalCode(code, 'job.js').dispose();
    const text = vm.newString(input);
    vm.setProp(vm.global, 'input', text);
    text.dispose();
    const promise = vm.evalCode(CALL, 'run.js');
    const settled = vm.resolvePromise(promise);
    vm.executePendingJobs();
    const outcome = await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 0))]);
    if (outcome === undefined) throw new Error('it waits for something that never comes');
    if (outcome.error !== undefined) throw new Error(describe(vm, outcome.error));
    parentPort.postMessage({ result: outcome.value.toString() });
  } catch (error) {
    const message = String(error?.message ?? error);
    const limit = late ? 'time' : isMemory(error, message) ? 'memory' : undefined;
    parentPort.postMessage({ error: message, limit });
  } finally {
    try {
      vm?.dispose();
    } catch {
      // A VM that ran out of memory may not even end; its memory goes with it.
    }
  }
});

function describe(vm, handle) {
  const value = vm.dump(handle);
  return value instanceof Error || value?.message !== undefined ? String(value.message) : String(value);
}

function isMemory(error, message) {
  return /out of memory|stack overflow|call stack size/i.test(message) || error instanceof RangeError;
}
`;
