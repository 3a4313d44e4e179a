import { MongoDriver } from '@objectql/driver-mongo';

// A replica set: mongodb://user:password@host/database. One node is enough.
const driver = new MongoDriver({ url: process.env['DATABASE_URL'] ?? 'mongodb://localhost/app' });
await driver.connect();
const table = {
  name: 'city',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'people', type: 'integer', nullable: true },
  ],
  indexes: [],
} as const;
await driver.applySchema([{ kind: 'createTable', table }]);
await driver.transaction((session) => session.insert(table, [{ id: 'Oslo', people: 717_710 }]));
const where = { op: 'gt', field: 'people', value: 500_000 } as const;
console.log(await driver.reader.find({ table, columns: ['id'], where })); // [{ id: 'Oslo' }]
await driver.close();
