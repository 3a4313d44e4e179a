export { serverConfigSchema, type ServerConfig } from './config.js';
export { limitsSchema, type Limits } from './limits.js';
export { serverPlugin } from './plugin.js';
export { PUBLIC_ROUTES, type PublicRoute } from './security/public-routes.js';
