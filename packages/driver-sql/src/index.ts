export { SqlDriver, type SqlDriverOptions } from './sql-driver.js';
