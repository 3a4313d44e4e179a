export { notificationConfigSchema, type NotificationConfig } from './config.js';
export { notificationPlugin } from './plugin.js';
export { MANAGE_NOTIFICATIONS } from './routes/support.js';
