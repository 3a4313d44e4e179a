import { auditPlugin } from '@objectos/audit';
import { auditService, createKernel, dataEngineService, systemContext } from '@objectos/kernel';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';

const text = 'name: account\nlabel: Account\nfields:\n  name: { type: text }\n';
const applicationFiles = async () => [{ file: 'account.object.yml', text }];
const driver = new SqlDriver({ url: ':memory:' });
const kernel = createKernel({
  plugins: [objectqlPlugin({ driver, applicationFiles }), auditPlugin],
});
await kernel.boot();
const [engine, audit] = [kernel.service(dataEngineService), kernel.service(auditService)];

const ctx = systemContext('example', { tenantId: 'acme' });
const { id } = await engine.insert('account', { name: 'Acme' }, ctx);
await engine.update('account', String(id), { name: 'Acme AG' }, ctx);
const [change] = await audit.history('account', String(id), ctx);
console.log(change?.actor, change?.before, change?.after);
console.log(await audit.verify('acme')); // [{ tenantId: 'acme', entries: 2, valid: true }]
await kernel.stop();
