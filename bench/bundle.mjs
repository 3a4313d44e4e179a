// Bundles the sources as they are, so that a benchmark measures what is written and needs no build.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles the program of this URL; answers with the file and a way to remove it. */
export async function bundle(program) {
  const folder = path.join(root, 'node_modules/.cache', `bench-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const entry = fileURLToPath(program);
  const outfile = path.join(folder, path.basename(entry));
  await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['@objectos/source'],
    tsconfig: path.join(root, 'tsconfig.base.json'),
    outfile,
    plugins: [ourSources],
    logLevel: 'error',
  });
  return { file: outfile, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Our packages are bundled, with their own address kept; everything else stays where it is installed. */
const ourSources = {
  name: 'our-sources',
  setup(building) {
    building.onResolve({ filter: /^[^./]/ }, async (args) => {
      if (args.pluginData === 'seen' || args.kind === 'entry-point') return undefined;
      if (args.path.startsWith('node:')) return { external: true };
      const ours = /^@object(?:os|ql)\//.test(args.path);
      const { resolveDir, importer, kind } = args;
      // The programs find the rest where the command and the driver do.
      for (const from of [
        resolveDir,
        ...['cli', 'driver-sql'].map((name) => path.join(root, 'packages', name)),
      ]) {
        const found = await building.resolve(args.path, {
          ...{ resolveDir: from, importer, kind, pluginData: 'seen' },
        });
        if (found.errors.length === 0) return { path: found.path, external: !ours };
      }
      return undefined;
    });
    building.onLoad({ filter: /packages\/[^/]+\/src\/.*\.ts$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(file).href),
      ),
      loader: 'ts',
    }));
  },
};
