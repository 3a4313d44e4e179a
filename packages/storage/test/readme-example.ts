import { createKernel, keyValueService } from '@objectos/kernel';
import { storagePlugin } from '@objectos/storage';

const kernel = createKernel({ plugins: [storagePlugin] });
await kernel.boot();
const values = kernel.service(keyValueService).open({ owner: 'billing', tenantId: 'acme' });

await values.put('rate:eur', 1.08, { ttl: 60_000 });
const entry = await values.read('rate:eur');
await values.compareAndSet('rate:eur', entry?.version ?? null, 1.09);
console.log(await values.get('rate:eur')); // 1.09
console.log(await values.compareAndSet('rate:eur', entry?.version ?? null, 2)); // undefined
for await (const { key } of values.entries('rate:')) console.log(key); // rate:eur
await kernel.stop();
