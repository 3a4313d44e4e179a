import { main } from '@objectos/cli';

const lines: string[] = [];
const stdout = { write: (text: string) => lines.push(text) };
const exitCode = await main(['validate', 'examples/minimal'], {
  stdout,
  stderr: stdout,
  environment: {},
});
console.log(exitCode, lines.join('')); // 0 1 file, 1 object: no problem
