// What a package's sources import must stand in its package.json: a bundler packs whatever does not
// into the package, and an installation from the registry would miss it.

/** `@scope/name` or `name` of a module specifier; undefined for files, Node's modules and `#` imports. */
export function packageOf(specifier) {
  if (/^[./#]|^node:/.test(specifier)) return undefined;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/**
 * The packages that a source needs and its manifest does not declare. Types may come from
 * development dependencies of the package.
 *
 * @param specifiers imports of values; `typeSpecifiers` those of types only
 */
export function undeclaredImports(manifest, specifiers, typeSpecifiers = []) {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
  const values = new Set([
    manifest.name,
    ...Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }),
  ]);
  const types = new Set([...values, ...Object.keys(devDependencies ?? {})]);
  const missing = (list, declared) =>
    list.map(packageOf).filter((name) => name !== undefined && !declared.has(name));
  return [...new Set([...missing(specifiers, values), ...missing(typeSpecifiers, types)])];
}
