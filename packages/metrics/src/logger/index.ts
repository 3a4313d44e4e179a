export { createLogger, type LoggerOptions, type LogLevel } from './logger.js';
export { HIDDEN, redactFields, redactText } from './redact.js';
