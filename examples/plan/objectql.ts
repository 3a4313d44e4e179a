import { createObjectQL } from '@objectql/core';
import { SqlDriver } from '@objectql/driver-sql';

// prettier-ignore
export const objectql = createObjectQL({
  driver: new SqlDriver({ url: process.env.DATABASE_URL })
});

// ObjectOS loads metadata and provides security + business logic
await objectql.loadMetadata('./objects/**/*.yml');
