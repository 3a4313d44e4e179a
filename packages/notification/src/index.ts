export { notificationConfigSchema, type NotificationConfig } from './config.js';
export { notificationPlugin } from './plugin.js';
export { MANAGE_NOTIFICATIONS } from './routes/support.js';
export { compileTemplate, type Escaping, type Template } from './templates/compile.js';
