import { isObjectOSError } from '@objectos/spec/errors';
import { APIError } from 'better-auth/api';
import { currentScope } from '../better-auth/request-scope.js';

/** Runs a part of an endpoint of better-auth, which would make a bare failure of a catalogue error. */
export async function catalogued<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const scope = currentScope();
    if (scope === undefined || !isObjectOSError(error)) throw error;
    scope.failure ??= error;
    throw new APIError('FORBIDDEN', { code: error.code, message: error.message });
  }
}
