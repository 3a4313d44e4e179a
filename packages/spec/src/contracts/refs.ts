/**
 * A typed name of a service. A plain value: two copies of the package that declares it still match
 * by `id`. The phantom `T` makes `provide` and `get` type-safe without importing the provider.
 */
export interface ServiceRef<T> {
  readonly kind: 'service';
  readonly id: string;
  /** Phantom; never present at run time. */
  readonly T?: T;
}

/** A dependency that may be absent: resolves to `T | undefined`. */
export interface OptionalRef<T> {
  readonly kind: 'optional';
  readonly ref: ServiceRef<T>;
}

/** A typed name of a contribution point: a list that other plugins add to. */
export interface ContributionPoint<T> {
  readonly kind: 'contributionPoint';
  readonly id: string;
  /** Phantom; never present at run time. */
  readonly T?: T;
}

/** Names a service, e.g. `serviceRef<CacheService>('cache')`. */
export function serviceRef<T>(id: string): ServiceRef<T> {
  return Object.freeze({ kind: 'service', id });
}

/** Marks a dependency as optional in `definePlugin({ deps })`. */
export function optional<T>(ref: ServiceRef<T>): OptionalRef<T> {
  return Object.freeze({ kind: 'optional', ref });
}

/** Names a contribution point, e.g. `contributionPoint<Route>('http.routes')`. */
export function contributionPoint<T>(id: string): ContributionPoint<T> {
  return Object.freeze({ kind: 'contributionPoint', id });
}
