// Preloaded into a server: writes what it loads, module by module, into the file that MODULES_FILE names.
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';

const loader = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(process.env.MODULES_FILE, url + '\\n');
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(loader)}`);
// What CommonJS modules require among themselves the loader does not see.
process.once('exit', () => {
  const all = Object.keys(createRequire(import.meta.url).cache);
  appendFileSync(process.env['MODULES_FILE'], all.join('\n'));
});
