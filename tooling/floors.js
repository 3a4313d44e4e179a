/**
 * The floors of the repository (DESIGN section 3): which of our packages each package may import.
 * Read by the lint rule and by `pnpm audit:spec`, so there is one list.
 */
export const floors = {
  spec: [],
  formula: ['@objectos/spec'],
  kernel: ['@objectos/spec'],
  objectql: ['@objectos/spec', '@objectos/formula'],
  'driver-sql': ['@objectos/spec', '@objectql/core'],
  'driver-mongo': ['@objectos/spec', '@objectql/core'],
  server: ['@objectos/spec', '@objectos/kernel', '@objectql/core'],
  testing: ['@objectos/spec', '@objectos/kernel', '@objectql/core', '@objectos/formula'],
  cli: [
    '@objectos/spec',
    '@objectos/kernel',
    '@objectql/core',
    '@objectql/driver-sql',
    '@objectql/driver-mongo',
    '@objectos/plugin-server',
    '@objectos/auth',
    '@objectos/permissions',
    '@objectos/audit',
    '@objectos/cache',
    '@objectos/i18n',
    '@objectos/jobs',
    '@objectos/metrics',
    '@objectos/notification',
    '@objectos/outbound',
    '@objectos/storage',
  ],
};

/** Floors of a plugin package that is not listed above. */
export const pluginFloor = [
  '@objectos/spec',
  '@objectos/kernel',
  '@objectql/core',
  '@objectos/formula',
];

/** Packages whose non-`/node` sources must run in a browser. */
export const isomorphic = ['spec', 'kernel', 'formula', 'objectql', 'permissions'];

/** The only package that may import NestJS or Fastify. */
export const serverOnly = /^(@nestjs\/|fastify$|@fastify\/)/;

/**
 * Files of plugins that call other servers themselves, and why they need not use `outboundService`:
 * the addresses are an operator's own, or a library's.
 */
export const ownRequests = {
  'packages/outbound/src/exchange.ts': 'it is the service',
  'packages/metrics/src/errors/reporter.ts': 'an address of the configuration',
  'packages/metrics/src/tracing/sender.ts':
    'an address of the configuration, redirects not followed',
  'packages/server/src/health/door.ts': 'it answers requests, and sends none',
  'packages/auth/src/providers/github.ts': 'addresses of the configuration',
  'packages/storage/src/files/s3-client.ts': 'an address of the configuration, redirects off',
};

const requesters = /^(node:https?|undici|axios|got|node-fetch)$/;

/** Says why a plugin's file may not send requests by itself, or nothing. */
export function forbiddenRequest(file, text, specifiers) {
  if (Object.hasOwn(ownRequests, file)) return undefined;
  const found =
    specifiers.find((specifier) => requesters.test(specifier)) ??
    (/(?<![.\w])(?:globalThis\.)?fetch\(/.test(text) ? 'fetch' : undefined);
  return found === undefined
    ? undefined
    : `"${found}" calls other servers unchecked; use outboundService, or say in ownRequests of tooling/floors.js why not`;
}

const ours = /^@(objectos|objectql)\/[^/]+/;

/** Says why `specifier` may not be imported by `file` (a path from the repository root), or nothing. */
export function forbiddenImport(file, specifier) {
  const match = /^packages\/([^/]+)\/src\/(.*)$/.exec(file);
  if (match === null) return undefined;
  const [, folder, rest] = match;
  const isTest = rest.endsWith('.test.ts');
  if (serverOnly.test(specifier) && folder !== 'server' && !isTest) {
    return `only packages/server may import "${specifier}"`;
  }
  if (
    specifier.startsWith('node:') &&
    isomorphic.includes(folder) &&
    !isNodeEntry(rest) &&
    !isTest
  ) {
    return `"${specifier}" is Node; ${folder} must run in a browser outside its node entry`;
  }
  const target = ours.exec(specifier)?.[0];
  if (target === undefined || isTest) return undefined;
  const allowed = floors[folder] ?? pluginFloor;
  return allowed.includes(target)
    ? undefined
    : `packages/${folder} may not import "${target}" (floors in tooling/floors.js)`;
}

function isNodeEntry(rest) {
  return rest.startsWith('node/') || rest.endsWith('.node.ts');
}
