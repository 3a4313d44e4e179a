import { describe, expect, it } from 'vitest';
import { createOutboundService, outboundConfigSchema } from '../src/index.js';
import { codeOf, outboundWith, serve } from './support.js';

/** All of them are this machine, a private network or a metadata service. */
const LITERALS = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '0',
  '0.0.0.0',
  '①②⑦.⓪.⓪.①',
  '127.0.0.1.',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::8.8.8.8]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[2001:db8::1]',
];

/** What a resolver may answer. */
const RESOLVED = [
  ...['127.0.0.1', '10.1.2.3', '169.254.169.254', '0.0.0.0', '168.63.129.16'],
  ...['::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', 'fe80::1%eth0', 'fd12::1'],
  'nonsense',
];

describe('a destination', () => {
  it.each(LITERALS)('is refused as the address %s, and nobody is reached', async (host) => {
    const canary = await serve();
    const { service, asked } = outboundWith({});
    const url = `http://${host}:${canary.port}/`;
    await expect(service.request(url)).rejects.toMatchObject({ code: 'outbound_blocked' });
    expect(canary.received).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each(RESOLVED)('is refused as a name that leads to %s', async (address) => {
    const canary = await serve();
    const { service } = outboundWith({ 'evil.test': [address] });
    const work = service.request(`http://evil.test:${canary.port}/`);
    await expect(work).rejects.toMatchObject({ code: 'outbound_blocked' });
    await expect(work).rejects.not.toThrow(address);
    expect(canary.received).toEqual([]);
  });

  it('is refused as a name of this machine, by its own resolver', async () => {
    const canary = await serve();
    const service = createOutboundService();
    const work = service.request(`http://localhost:${canary.port}/`);
    await expect(work).rejects.toMatchObject({ code: 'outbound_blocked' });
    expect(canary.received).toEqual([]);
  });

  it('is refused when one of its addresses is private, whatever the others are', async () => {
    const canary = await serve();
    const { service } = outboundWith({ 'mixed.test': ['93.184.215.14', '127.0.0.1'] });
    const work = service.request(`http://mixed.test:${canary.port}/`);
    await expect(work).rejects.toMatchObject({ code: 'outbound_blocked' });
    expect(canary.received).toEqual([]);
  });

  it('is resolved once, so that it cannot change between check and connection', async () => {
    const canary = await serve();
    const answers = [['127.0.0.2'], ['127.0.0.1']];
    const { service, asked } = outboundWith(
      { 'rebound.test': () => answers.shift() ?? [] },
      { allow: ['127.0.0.2'] },
    );
    // The second answer would reach the canary; the first is where the connection goes.
    const work = service.request(`http://rebound.test:${canary.port}/`);
    await expect(work).rejects.toMatchObject({ code: 'outbound_failed' });
    expect(asked).toEqual(['rebound.test']);
    expect(canary.received).toEqual([]);
  });

  it.each([
    ['ftp://example.com/', 'only http and https'],
    ['file:///etc/passwd', 'only http and https'],
    ['gopher://127.0.0.1:6379/_FLUSHALL', 'only http and https'],
    ['http://user:pass@example.com/', 'name or password'],
    ['//example.com', 'no URL'],
    ['http://', 'no URL'],
    ['http://exa mple.com/', 'no URL'],
    ['http://256.0.0.1/', 'no URL'],
  ])('is no destination as %s', async (url, reason) => {
    const work = outboundWith({}).service.request(url);
    await expect(work).rejects.toMatchObject({ code: 'outbound_url_invalid' });
    await expect(work).rejects.toThrow(reason);
    await expect(work).rejects.not.toThrow('pass@');
  });
});

describe('the allow-list', () => {
  it('opens a host, with its port, and nothing beside it', async () => {
    const { port } = await serve();
    const names = { 'erp.internal': ['127.0.0.1'], 'other.internal': ['127.0.0.1'] };
    const call = (host: string, allow: string[]) =>
      codeOf(outboundWith(names, { allow }).service.request(`http://${host}:${port}/`));
    expect(await call('erp.internal', [`erp.internal:${port}`])).toBe('answered');
    expect(await call('ERP.internal.', ['erp.internal'])).toBe('answered');
    expect(await call('erp.internal', ['*.internal'])).toBe('answered');
    expect(await call('erp.internal', ['127.0.0.0/8'])).toBe('answered');
    expect(await call('127.0.0.1', [`127.0.0.1:${port}`])).toBe('answered');
    expect(await call('erp.internal', ['erp.internal:1'])).toBe('outbound_blocked');
    expect(await call('other.internal', ['erp.internal'])).toBe('outbound_blocked');
    expect(await call('erp.internal', ['*.erp.internal'])).toBe('outbound_blocked');
    expect(await call('erp.internal', ['10.0.0.0/8'])).toBe('outbound_blocked');
  });

  it('never opens a metadata service', async () => {
    const allow = ['169.254.0.0/16', '168.63.129.16', 'metadata.test', '64:ff9b::/96', '::/0'];
    const inner = ['169.254.169.254', '168.63.129.16', '::ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe'];
    for (const address of inner) {
      const { service } = outboundWith({ 'metadata.test': [address] }, { allow });
      const work = service.request('http://metadata.test/');
      await expect(work, address).rejects.toThrow('metadata service');
    }
  });

  it('is all that may be called with `only`, which opens no private network', async () => {
    const { port } = await serve();
    const names = { 'a.test': ['127.0.0.1'], 'b.test': ['127.0.0.1'] };
    const allow = ['127.0.0.1'];
    const call = (host: string, config: { allow?: string[]; only: string[] }) =>
      codeOf(outboundWith(names, config).service.request(`http://${host}:${port}/`));
    expect(await call('a.test', { allow, only: ['a.test'] })).toBe('answered');
    expect(await call('b.test', { allow, only: ['127.0.0.0/8'] })).toBe('answered');
    expect(await call('b.test', { allow, only: ['a.test'] })).toBe('outbound_blocked');
    expect(await call('b.test', { allow, only: [] })).toBe('outbound_blocked');
    expect(await call('a.test', { only: ['a.test'] })).toBe('outbound_blocked');
  });

  it.each(['0x7f.1', '127.1', 'http://a.test', 'a.test/x', '*', '*.*.test', '10.0.0.0/33', ''])(
    'refuses the entry "%s"',
    (entry) => {
      expect(outboundConfigSchema.safeParse({ allow: [entry] }).success).toBe(false);
    },
  );
});
