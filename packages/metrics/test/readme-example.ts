import { metricsPlugin } from '@objectos/metrics';
import { createKernel, metricsService } from '@objectos/kernel';

const kernel = createKernel({ plugins: [metricsPlugin] });
await kernel.boot();
const metrics = kernel.service(metricsService);

const sent = metrics.counter({ name: 'invoices_sent_total', help: 'Sent.', labels: ['country'] });
sent.add(1, { country: 'de' });
sent.add(2, { country: 'de' });
const text = await metrics.text();
console.log(text.split('\n').find((line) => line.startsWith('invoices_sent_total')));
await kernel.stop();
