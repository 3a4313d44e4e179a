export {
  createAuditService,
  type AuditServiceOptions,
  type OwnedAuditService,
} from './audit-service.js';
export { auditConfigSchema, type AuditConfig } from './config.js';
export { auditPlugin } from './plugin.js';
export { VIEW_AUDIT } from './routes.js';
