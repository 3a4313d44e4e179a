import { serviceRef } from './refs.js';

/** What the person who starts an installation needs to know of its sign-in. */
export interface SignInStatus {
  /** Path of the one-time link for the first administrator; `undefined` once there is one. */
  setupPath(): string | undefined;
  /** Folder where mail lies while no mail service is loaded. */
  outboxFolder(): string | undefined;
}

/** State of sign-in. The auth plugin provides it; the command line prints it. */
export const signInStatusService = serviceRef<SignInStatus>('auth.status');
