import { systemContext } from '@objectos/spec/contracts';
import { createObjectQL } from '@objectql/core';
import { SqlDriver } from '@objectql/driver-sql';

const objectql = createObjectQL({ driver: new SqlDriver({ url: 'sqlite::memory:' }) });
await objectql.loadSources([
  { file: 'city.object.yml', text: 'fields: { name: { type: text, required: true } }' },
]);
const me = systemContext('readme'); // in a server, the context of the request
await objectql.insert('city', { name: 'Oslo' }, me);
const where = { op: 'startsWith', field: 'name', value: 'Os' } as const;
const { records } = await objectql.find('city', { where, fields: ['name'] }, me);
console.log(records); // [{ id: '…', name: 'Oslo' }]
await objectql.close();
