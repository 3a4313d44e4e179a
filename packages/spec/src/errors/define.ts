/** How a failure is grouped for clients; each category has one default HTTP status. */
export type ErrorCategory =
  | 'validation'
  | 'authentication'
  | 'authorization'
  | 'not_found'
  | 'conflict'
  | 'rate_limit'
  | 'server'
  | 'external'
  | 'maintenance';

/** One entry of the error catalogue. `message` names the thing, `hint` tells the fix. */
export interface ErrorDefinition<P> {
  readonly category: ErrorCategory;
  /** HTTP status. Other transports derive theirs from `category`. */
  readonly status: number;
  /** True when the same request may succeed later without a change. */
  readonly retryable?: boolean;
  message(params: P): string;
  hint(params: P): string;
}

/** Declares one catalogue entry; `P` are the parameters its texts need. */
export function entry<P>(definition: ErrorDefinition<P>): ErrorDefinition<P> {
  return definition;
}

/** The parameters that the entry `D` needs. */
export type ParamsOf<D> = D extends ErrorDefinition<infer P> ? P : never;
