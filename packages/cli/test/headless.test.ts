import {
  dataEngineService,
  httpServerService,
  outboundService,
  systemContext,
} from '@objectos/spec/contracts';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config/load.js';
import { withApplication } from '../src/headless.js';
import { standardPlugins } from '../src/standard-plugins.js';

let folder: string;
let errors: string;

beforeEach(() => {
  errors = '';
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-headless-'));
  mkdirSync(path.join(folder, 'objects'));
  write('objects/note.object.yml', 'fields:\n  title: { type: text, required: true }\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  writeFileSync(path.join(folder, file), text);
}

const io = {
  stdout: { write: () => true },
  stderr: { write: (text: string) => (errors += text) },
  environment: {},
};

const ctx = systemContext('test');

describe('withApplication', () => {
  it('runs work on the data without a server, and stops before it returns', async () => {
    const made = await withApplication(folder, {}, io, async ({ kernel }) => {
      expect(kernel.findService(httpServerService)).toBeUndefined();
      const record = await kernel.service(dataEngineService).insert('note', { title: 'a' }, ctx);
      return { kernel, record };
    });
    expect(made.record).toMatchObject({ title: 'a' });
    expect(made.kernel.state).toBe('stopped');
    const total = await withApplication(folder, {}, io, ({ kernel }) =>
      kernel.service(dataEngineService).count('note', {}, ctx),
    );
    expect(total).toBe(1);
    expect(errors).toBe('');
  });

  it('takes the configuration of an application that also configures the server', async () => {
    write('objectos.config.yml', 'pluginConfig:\n  "@objectos/plugin-server": { port: 4000 }\n');
    expect(await withApplication(folder, {}, io, ({ kernel }) => kernel.state)).toBe('running');
  });

  it('needs no Redis where the servers carry jobs over it', async () => {
    write('objectos.config.yml', 'pluginConfig: { "@objectos/jobs": { backend: bullmq } }\n');
    expect(await withApplication(folder, {}, io, ({ kernel }) => kernel.state)).toBe('running');

    const environment = { REDIS_URL: 'redis://127.0.0.1:1' };
    const loaded = await loadConfig({ folder, environment, flags: {} });
    const { config } = await standardPlugins(loaded, { headless: false });
    const redisUrl = environment.REDIS_URL;
    expect(config['@objectos/jobs']).toEqual({ backend: 'bullmq', redisUrl });
  });

  it('takes where traces go from the variables of OpenTelemetry', async () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://traces.example.com/',
      OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=a%20b=c, tenant=50%',
      OBJECTOS_TRACING_SHARE: '0.1',
    };
    const loaded = await loadConfig({ folder, environment, flags: {} });
    const { config } = await standardPlugins(loaded, { headless: false });
    expect(config['@objectos/metrics']).toEqual({
      tracing: {
        exporter: 'otlp',
        endpoint: 'https://traces.example.com/v1/traces',
        headers: { 'api-key': 'a b=c', tenant: '50%' },
        sample: 0.1,
      },
    });
    const wrong = { OTEL_EXPORTER_OTLP_HEADERS: 'no headers' };
    await expect(loadConfig({ folder, environment: wrong, flags: {} })).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });

  it('lets plugins call what `outbound` allows, and checks its keys', async () => {
    const call = () =>
      withApplication(folder, {}, io, ({ kernel }) =>
        kernel
          .service(outboundService)
          .request('http://localhost:1/')
          .catch((error: unknown) => (error as { code: string }).code),
      );
    expect(await call()).toBe('outbound_blocked');
    write('objectos.config.yml', 'outbound: { allow: [localhost] }\n');
    expect(await call()).toBe('outbound_failed');
    write('objectos.config.yml', 'outbound: { allwo: [localhost] }\n');
    await expect(call()).rejects.toMatchObject({ code: 'kernel_boot_failed' });
  });

  it('stops when the work throws, and throws the same', async () => {
    let stopped: { readonly state: string } | undefined;
    const work = withApplication(folder, {}, io, ({ kernel }) => {
      stopped = kernel;
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(stopped?.state).toBe('stopped');
  });

  it('does not run the work when the application does not boot', async () => {
    write('objects/note.object.yml', 'fields:\n  title: { type: txt }\n');
    const work = withApplication(folder, {}, io, () => expect.unreachable());
    await expect(work).rejects.toMatchObject({ code: 'kernel_boot_failed' });
  });
});
