export { MongoDriver, type MongoDriverOptions } from './mongo-driver.js';
