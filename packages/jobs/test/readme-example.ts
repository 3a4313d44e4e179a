import { jobsPlugin } from '@objectos/jobs';
import { createKernel, defineJob, jobsService, systemContext } from '@objectos/kernel';
import { z } from 'zod';

const sendInvoice = defineJob('billing.sendInvoice', z.strictObject({ invoice: z.string() }));

const kernel = createKernel({ plugins: [jobsPlugin] });
await kernel.boot();
const jobs = kernel.service(jobsService);
const sent = new Promise((resolve) =>
  jobs.handle(sendInvoice, ({ payload, attempt }) => {
    if (attempt === 1) throw new Error('the mail server is busy');
    resolve(`${payload.invoice} in attempt ${attempt}`);
  }),
);
await jobs.enqueue(sendInvoice, { invoice: 'INV-7' }, systemContext('billing'), {
  unique: { key: 'INV-7' },
  backoff: { base: 10 },
});
console.log(await sent); // INV-7 in attempt 2
await kernel.stop();
