import type { ServerParts } from '../nest/tokens.js';

/** Version of the API that `/api/v1` stands for. */
const API_VERSION = 'v1';

/** How a service is, in the words that the published clients know. */
interface ServiceStatus {
  readonly enabled: boolean;
  readonly status: 'available' | 'unavailable' | 'degraded';
  readonly route?: string;
  readonly provider?: string;
  readonly message?: string;
}

const AVAILABLE = { enabled: true, status: 'available', provider: 'objectos' } as const;

/**
 * What clients ask first: where things are. It says what is there, never a version of the software
 * or anything about the data, because it is public.
 */
export function discoveryDocument(parts: ServerParts): object {
  const { config } = parts;
  const routes = {
    discovery: '/api/v1/discovery',
    data: '/api/v1/data',
    metadata: '/api/v1/meta',
    ui: '/api/v1/ui',
    openapi: '/api/openapi.json',
    ...(parts.authenticationLoaded() ? { auth: '/api/auth' } : {}),
  };
  return {
    name: config.name,
    apiName: 'ObjectOS',
    version: API_VERSION,
    environment: config.environment,
    routes,
    endpoints: routes,
    services: {
      data: { ...AVAILABLE, route: routes.data },
      metadata: { ...AVAILABLE, route: routes.metadata },
      auth: authentication(parts),
    },
    features: { batch: true, expand: true, restore: true, conditionalWrites: true },
    locale: {
      default: config.defaultLocale,
      supported: [config.defaultLocale],
      timezone: 'UTC',
    },
  };
}

function authentication(parts: ServerParts): ServiceStatus {
  if (parts.authenticationLoaded()) return { ...AVAILABLE, route: '/api/auth' };
  return {
    enabled: false,
    status: 'unavailable',
    message: 'No authentication plugin is loaded; use the start-up token from this machine.',
  };
}
