import { cachePlugin } from '@objectos/cache';
import { cacheService, createKernel } from '@objectos/kernel';

const kernel = createKernel({ plugins: [cachePlugin] });
await kernel.boot();
const rates = kernel.service(cacheService).open({ owner: 'billing', tenantId: 'acme' });

let asked = 0;
const fetchRate = async () => ({ eur: 1.08, asked: (asked += 1) });
const options = { ttl: 60_000, stale: 600_000, tags: ['rates'] };
const read = async () => rates.getOrCompute('eur', fetchRate, options);
await Promise.all([read(), read(), read()]);
console.log(await rates.get('eur')); // { eur: 1.08, asked: 1 }
await rates.invalidate('rates');
console.log(await rates.get('eur')); // undefined
await kernel.stop();
