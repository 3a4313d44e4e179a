import { createKernel, outboundService } from '@objectos/kernel';
import { outboundPlugin } from '@objectos/outbound';
import { isObjectOSError } from '@objectos/spec/errors';

const kernel = createKernel({ plugins: [outboundPlugin] });
await kernel.boot();
const outbound = kernel.service(outboundService);

const tried = ['http://169.254.169.254/latest/', 'http://0x7f.1:6379/', 'file:///etc/passwd'];
for (const url of tried) {
  try {
    await outbound.request(url, { method: 'POST', body: '{}', timeout: 5_000 });
  } catch (error) {
    if (isObjectOSError(error)) console.log(error.code, error.message);
  }
}
await kernel.stop();
