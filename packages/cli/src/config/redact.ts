import { configSchema, type ConfigKey } from './schema.js';

/** The value as it may be shown: secrets and passwords in URLs are hidden. */
export function redact(key: ConfigKey, value: unknown): unknown {
  const secret = configSchema.shape[key].meta()?.['secret'] === true;
  if (typeof value !== 'string') return value;
  if (key === 'database') return value.replace(/(:\/\/[^:/@]*):[^@]*@/, '$1:***@');
  return secret ? '***' : value;
}
