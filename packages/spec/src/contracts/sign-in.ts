import type { UserPrincipal } from './principal.js';
import { serviceRef } from './refs.js';

/** What the person who starts an installation needs to know of its sign-in. */
export interface SignInStatus {
  /** Path of the one-time link for the first administrator; `undefined` once there is one. */
  setupPath(): string | undefined;
  /** Folder where mail lies, when it goes nowhere else. */
  outboxFolder(): string | undefined;
}

/** State of sign-in. The auth plugin provides it; the command line prints it. */
export const signInStatusService = serviceRef<SignInStatus>('auth.status');

/** Makes principals of users who are not there, for work that is done on their account. */
export interface PrincipalDirectory {
  /**
   * A user as they would be when signed in to a tenant; their `tenantId` is another one when they
   * are no member of it. `undefined` for users who are gone or disabled.
   */
  find(userId: string, tenantId: string | null): Promise<UserPrincipal | undefined>;
}

/** Principals of users. Provided by the auth plugin. */
export const principalDirectoryService = serviceRef<PrincipalDirectory>('auth.principals');
