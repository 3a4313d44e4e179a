// `pnpm audit:spec`: the rules of the repository that no type can hold. Prints every violation with
// its file and exits 1. `--root <folder>` audits another tree (the audit's own test does).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { undeclaredImports } from '../tooling/declared.js';
import { forbiddenImport, forbiddenRequest } from '../tooling/floors.js';

const root = path.resolve(argument('--root') ?? '.');
/** Consumers that hand a definition on as it is, to clients that read its keys. */
const HANDS_ON = new Set(['server/metadata']);

const problems = [
  ...auditImports(),
  ...auditDeclared(),
  ...auditErrorCodes(),
  ...auditPlugins(),
  ...auditRequests(),
  ...(await auditLedger()),
];

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

/** What the sources of a package import stands in its package.json. */
function auditDeclared() {
  const manifests = new Map();
  const manifestOf = (folder) => {
    const file = `${folder}/package.json`;
    if (!manifests.has(folder)) {
      manifests.set(folder, existsSync(path.join(root, file)) ? JSON.parse(read(file)) : undefined);
    }
    return manifests.get(folder);
  };
  return sources()
    .filter((file) => !/\.test\.ts$/.test(file) && /^packages\/[^/]+\/src\//.test(file))
    .flatMap((file) => {
      const manifest = manifestOf(file.split('/').slice(0, 2).join('/'));
      if (manifest === undefined) return [];
      const { values, types } = packagesOf(read(file));
      return undeclaredImports(manifest, values, types).map(
        (name) => `${file}: imports "${name}", which its package.json does not name`,
      );
    });
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

/** Packages that are no plugins. */
function isPluginFolder(folder) {
  return ![
    'spec',
    'kernel',
    'formula',
    'objectql',
    'driver-sql',
    'driver-mongo',
    'testing',
    'cli',
    'client',
  ].includes(folder);
}

/** Every plugin package exports a plugin made with definePlugin. */
function auditPlugins() {
  return list('packages', () => true, 1)
    .map((folder) => path.basename(folder))
    .filter(
      (folder) =>
        isPluginFolder(folder) && statSync(path.join(root, 'packages', folder)).isDirectory(),
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

/** Plugins call other servers through the one service that checks where a name leads. */
function auditRequests() {
  return sources()
    .filter((file) => /^packages\/[^/]+\/src\//.test(file) && !isTest(file))
    .filter((file) => isPluginFolder(file.split('/')[1]))
    .flatMap((file) => {
      const text = read(file);
      const specifiers = importsOf(text.replaceAll(/^import type .*$/gm, ''));
      const reason = forbiddenRequest(file, text, specifiers);
      return reason === undefined ? [] : [`${file}: ${reason}`];
    });
}

/**
 * Every key of every format stands in the ledger, and every active one has a consumer that exists
 * and mentions the key.
 */
async function auditLedger() {
  const { ledger, schemaKeys, formats } = await importSpecification();
  const texts = new Map();
  const textOf = (consumer) => {
    if (!texts.has(consumer)) texts.set(consumer, consumerText(consumer));
    return texts.get(consumer);
  };
  return Object.entries(ledger).flatMap(([type, entries]) => {
    const known = new Set(entries.map((entry) => entry.key));
    const missing = schemaKeys(formats[type].schema).filter((key) => !known.has(key));
    return [
      ...missing.map((key) => `ledger: nothing says what becomes of "${key}" of ${type}`),
      ...entries
        .filter((entry) => entry.status === 'active')
        .flatMap(({ key, consumer }) => {
          const text = textOf(consumer);
          if (text === undefined) {
            return [`ledger: the consumer "${consumer}" of "${key}" of ${type} does not exist`];
          }
          if (HANDS_ON.has(consumer) || mentionsKey(text, key)) return [];
          return [`ledger: the consumer "${consumer}" never mentions "${key}" of ${type}`];
        }),
    ];
  });
}

/** The sources, bundled: the audit needs no build. */
async function importSpecification() {
  const { outputFiles } = await build({
    stdin: {
      contents: [
        `export { ledger, schemaKeys } from './packages/spec/src/ledger/index.ts';`,
        `export { formats } from './packages/spec/src/metadata/index.ts';`,
      ].join('\n'),
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

/** `package/path` is a file or a folder below the sources of a package. */
function consumerText(consumer) {
  const [first, ...rest] = consumer.split('/');
  const base = ['packages', first, 'src', ...rest].join('/');
  const files = sources().filter(
    (file) => !isTest(file) && (file === `${base}.ts` || file.startsWith(`${base}/`)),
  );
  return files.length === 0 ? undefined : files.map(read).join('\n');
}

/** The last word of a key path: of `fields.*.maxLength` that is `maxLength`. */
function mentionsKey(text, key) {
  const words = key.split(/[.=]/).filter((word) => word !== '*');
  return new RegExp(`\\b${words.at(-1)}\\b`).test(text);
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

/** Statements only: a sample in a comment imports what it shows. */
function packagesOf(text) {
  const statements = [
    ...text.matchAll(/^(import|export)( type)? [^;'"=()]*?\bfrom '([^']+)';/gm),
    ...text.matchAll(/^(import)() '([^']+)';/gm),
    ...text.matchAll(/(await import)\(()'([^']+)'\)/g),
  ];
  const of = (wanted) =>
    statements.filter(([, , type]) => Boolean(type) === wanted).map((match) => match[3]);
  return { values: of(false), types: of(true) };
}

/** As a literal, or as the outcome of a golden case. */
function mentions(text, code) {
  return new RegExp(`['"\`]${code}['"\`:]|\\berror: ${code}\\b`).test(text);
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
