// `pnpm audit:spec`: the rules of the repository that no type can hold. Prints every violation with
// its file and exits 1. `--root <folder>` audits another tree (the audit's own test does).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { forbiddenImport } from '../tooling/floors.js';

const root = path.resolve(argument('--root') ?? '.');
const problems = [...auditImports(), ...auditErrorCodes(), ...auditPlugins(), ...auditLedger()];

for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0
    ? 'audit: imports, error codes, plugins and the ledger are in order'
    : `audit: ${problems.length} violation(s)`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Imports that break the floors (tooling/floors.js). */
function auditImports() {
  return sources().flatMap((file) =>
    importsOf(read(file)).flatMap((specifier) => {
      const reason = forbiddenImport(file, specifier);
      return reason === undefined ? [] : [`${file}: ${reason}`];
    }),
  );
}

/** Every error code is thrown somewhere, and by a test. */
function auditErrorCodes() {
  const areas = list('packages/spec/src/errors/areas', (file) => file.endsWith('.ts'));
  const codes = areas.flatMap((file) =>
    [...read(file).matchAll(/^ {2}([a-z][a-z0-9_]*): entry/gm)].map((match) => ({
      file,
      code: match[1],
    })),
  );
  const code = sources().filter((file) => !file.includes('/errors/areas/'));
  const shipped = code
    .filter((file) => !isTest(file))
    .map(read)
    .join('\n');
  const tests = [...code.filter(isTest), ...list('e2e', isTestOrCase), ...caseFiles()]
    .map(read)
    .join('\n');
  return codes.flatMap(({ file, code: name }) => [
    ...(mentions(shipped, name) ? [] : [`${file}: nobody throws "${name}"`]),
    ...(mentions(tests, name) ? [] : [`${file}: no test sees "${name}"`]),
  ]);
}

/** Every plugin package exports a plugin made with definePlugin. */
function auditPlugins() {
  const notPlugins = new Set([
    'spec',
    'kernel',
    'formula',
    'objectql',
    'driver-sql',
    'driver-mongo',
    'testing',
    'cli',
    'client',
  ]);
  return list('packages', () => true, 1)
    .map((folder) => path.basename(folder))
    .filter(
      (folder) =>
        !notPlugins.has(folder) && statSync(path.join(root, 'packages', folder)).isDirectory(),
    )
    .flatMap((folder) => {
      const text = sources()
        .filter((file) => file.startsWith(`packages/${folder}/src/`) && !isTest(file))
        .map(read)
        .join('\n');
      return /\bdefinePlugin\(/.test(text)
        ? []
        : [`packages/${folder}: no plugin made with definePlugin`];
    });
}

/** Every active key of the ledger has a consumer that exists and mentions the key. */
function auditLedger() {
  const folder = 'packages/spec/src/ledger';
  return list(folder, (file) => file.endsWith('.ts') && !isTest(file)).flatMap((file) =>
    [...read(file).matchAll(/active\(\s*'([^']+)'/g)].flatMap(([, consumer]) => {
      const place = consumerFile(consumer);
      return place === undefined ? [`${file}: consumer "${consumer}" does not exist`] : [];
    }),
  );
}

function consumerFile(consumer) {
  const [first, ...rest] = consumer.split('/');
  const base = path.join('packages', first ?? '', 'src', ...rest);
  const places = rest.length === 0 ? [path.join('packages', first ?? '')] : [base, `${base}.ts`];
  return places.find((file) => existsSync(path.join(root, file)));
}

function sources() {
  return list('packages', (file) => /\/(src|test)\/.*\.ts$/.test(file));
}

function caseFiles() {
  return list('packages', (file) => /\/(cases|[a-z-]+-cases)\/.*\.(ya?ml|txt|json)$/.test(file));
}

function list(folder, keep, depth = Infinity) {
  const top = path.join(root, folder);
  if (!existsSync(top)) return [];
  const found = [];
  const visit = (current, level) => {
    for (const entry of readdirSync(current, { withFileTypes: true })) {
      if (['node_modules', 'dist', '.turbo'].includes(entry.name)) continue;
      const full = path.join(current, entry.name);
      const relative = path.relative(root, full).split(path.sep).join('/');
      if (entry.isDirectory() && level < depth) visit(full, level + 1);
      else if (keep(relative)) found.push(relative);
    }
  };
  visit(top, 1);
  return found.sort();
}

function importsOf(text) {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]);
}

function mentions(text, code) {
  return new RegExp(`['"\`\\s:]${code}\\b`).test(text);
}

function isTest(file) {
  return (
    file.endsWith('.test.ts') || file.includes('/test/') || file.startsWith('packages/testing/')
  );
}

function isTestOrCase(file) {
  return /\.(ts|ya?ml|json|txt)$/.test(file);
}

function read(file) {
  return readFileSync(path.join(root, file), 'utf8');
}

function argument(name) {
  const index = process.argv.indexOf(name);
  return index === -1 ? undefined : process.argv[index + 1];
}
