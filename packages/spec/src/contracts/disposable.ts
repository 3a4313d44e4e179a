/** Undoes one registration. Calling it twice is harmless. */
export type Disposer = () => void | Promise<void>;

/** A value, or a promise of it: what a driver or hook returns when it may finish in the same turn. */
export type MaybePromise<T> = T | Promise<T>;
