export { i18nConfigSchema, type I18nConfig } from './config.js';
export { readBundle } from './files.js';
export {
  createI18nService,
  type I18nServiceOptions,
  type OwnedI18nService,
} from './i18n-service.js';
export { createLocalizer } from './localizer.js';
export { i18nPlugin } from './plugin.js';
