import type { Plugin } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** What is bundled, and where to. */
export interface BundledProgram {
  readonly entry: URL;
  /** A module, so its name ends in `.mjs`. */
  readonly outfile: string;
  /** Packages that are loaded from where they are, beside those with native parts. */
  readonly stay?: readonly string[] | undefined;
}

const NATIVE = ['@photostructure/sqlite'];
const RESOLVED = Symbol('resolved');

/**
 * Makes one file of a program and the sources that it imports, for tests that start it as a process
 * and kill it. Needs `esbuild` beside the tests.
 *
 * @returns the file
 */
export async function bundleProgram({
  entry,
  outfile,
  stay = [],
}: BundledProgram): Promise<string> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@objectos/source'],
    logLevel: 'error',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    plugins: [staying([...NATIVE, ...stay])],
  });
  return outfile;
}

/** The bundle lies elsewhere: what stays is named by its place. */
function staying(names: readonly string[]): Plugin {
  return {
    name: 'these-stay-where-they-are',
    setup(bundle) {
      bundle.onResolve(
        { filter: /^[^.]/ },
        async ({ path, importer, resolveDir, kind, pluginData }) => {
          if (!names.includes(path) || pluginData === RESOLVED) return undefined;
          const found = await bundle.resolve(path, {
            importer,
            resolveDir,
            kind,
            pluginData: RESOLVED,
          });
          return { path: found.path, external: true };
        },
      );
    },
  };
}
