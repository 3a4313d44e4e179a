export { DEFAULT_DATABASE_URL } from './database-url.js';
export { SqlDriver, type SqlDriverOptions } from './sql-driver.js';
