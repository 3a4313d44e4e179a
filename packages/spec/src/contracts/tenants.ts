import { contributionPoint } from './refs.js';

/**
 * Names of objects whose records belong to the installation and not to an organization, even where
 * they name one: users, what proves who they are, their sessions. No archive of an organization has
 * them, so none brings a session, a key or a way to reset a password into another installation.
 */
export const installationObjectsPoint = contributionPoint<readonly string[]>(
  'tenants.installation-objects',
);
