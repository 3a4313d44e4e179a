import { systemContext, type ExecutionContext } from '@objectos/spec/contracts';
import { AsyncLocalStorage } from 'node:async_hooks';

/** What a request leaves behind for whoever works for it further down. */
export interface RequestScope {
  readonly context: ExecutionContext;
  /** The first failure that is not better-auth's own; it keeps its catalogue code. */
  failure?: Error | undefined;
  /** Who signed in during the request. */
  signedIn?: { readonly userId: string; readonly sessionId: string } | undefined;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** Runs `work` for a request: better-auth has no place for our context in its calls. */
export function inRequest<T>(scope: RequestScope, work: () => Promise<T>): Promise<T> {
  return scopes.run(scope, work);
}

/** The scope of the running request, if one runs. */
export function currentScope(): RequestScope | undefined {
  return scopes.getStore();
}

/** Context in which records of sign-in are read and written, on behalf of the running request. */
export function storageContext(): ExecutionContext {
  const context = scopes.getStore()?.context;
  if (context === undefined) return systemContext('auth', { secrets: true });
  const { requestId, origin, deadline, trace } = context;
  return systemContext('auth', { secrets: true, requestId, origin, deadline, trace });
}
