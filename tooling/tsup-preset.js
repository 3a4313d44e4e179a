/** One bundling preset for every package: ESM for the Node floor, declarations come from tsc. */
export function preset(options) {
  return {
    format: ['esm'],
    target: 'node20',
    platform: 'neutral',
    outDir: 'dist',
    splitting: true,
    sourcemap: true,
    clean: true,
    dts: false,
    treeshake: true,
    silent: true,
    ...options,
  };
}
