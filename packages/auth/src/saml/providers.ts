import { createError } from '@objectos/spec/errors';
import { providersOf, type ProviderConfig } from '../providers/config.js';
import type { Relation } from './service-provider.js';

/** The configured SAML providers, seen from an origin. */
export interface SamlProviders {
  readonly size: number;
  /** @throws `auth_not_found` */
  relation(id: string, origin: string): Relation;
}

/** Finds SAML providers by their ids. */
export function samlProviders(providers: Readonly<Record<string, ProviderConfig>>): SamlProviders {
  const known = new Map(providersOf(providers, 'saml'));
  return {
    size: known.size,
    relation(id, origin) {
      const config = known.get(id);
      if (config === undefined) {
        throw createError('auth_not_found', { reason: `There is no SAML provider "${id}".` });
      }
      return { provider: id, config, origin };
    },
  };
}
