import { driverContract } from '@objectos/testing';
import { SqlDriver } from '../src/index.js';

driverContract('sqlite', () => new SqlDriver({ url: ':memory:' }));
