import { readSources } from './node/file-source.js';
import {
  createObjectQL as createIsomorphic,
  type ObjectQL,
  type ObjectQLOptions,
} from './object-ql.js';

export * from './index.js';

/** {@link createIsomorphic}, able to read metadata files relative to the working directory. */
export function createObjectQL(options: ObjectQLOptions): ObjectQL {
  return createIsomorphic({
    readSources: (patterns) => readSources(patterns, { cwd: process.cwd() }),
    ...options,
  });
}
