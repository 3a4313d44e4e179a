import { jobsPlugin } from '@objectos/jobs';
import { createKernel, notificationService, systemContext } from '@objectos/kernel';
import { notificationPlugin } from '@objectos/notification';

const topic = {
  name: 'invoice.paid',
  label: 'Paid invoices',
  channels: ['inbox', 'email'],
  templates: {
    en: { subject: '{{number}} is paid', text: '{{customer}} paid {{total}}.' },
    de: { subject: '{{number}} ist bezahlt', text: '{{customer}} hat {{total}} gezahlt.' },
  },
};
const config = { '@objectos/notification': { topics: [topic] } };
const kernel = createKernel({ plugins: [jobsPlugin, notificationPlugin], config });
await kernel.boot();
const notifications = kernel.service(notificationService);
const payload = { number: 'INV-7', customer: 'Acme', total: '90 €' };
await notifications.emit(
  { topic: 'invoice.paid', audience: { users: ['ada'] }, payload, deduplicationKey: 'INV-7' },
  systemContext('billing'),
);
let inbox = await notifications.inbox('ada', {});
while (inbox.unread === 0) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  inbox = await notifications.inbox('ada', {});
}
console.log(inbox.items[0]?.title); // INV-7 is paid
await kernel.stop();
