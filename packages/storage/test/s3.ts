import { createHash, createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Config } from '../src/index.js';

interface Content {
  readonly bytes: Buffer;
  readonly type: string;
  readonly at: Date;
}

/** A service with one bucket. */
export interface TestS3 {
  readonly config: S3Config;
  stop(): Promise<void>;
}

/** Keys of one page of a list; the real service has 1,000. */
const PAGE = 10;
const ACCESS_KEY = 'AKIDEXAMPLE';
const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const REGION = 'eu-test-1';

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

/**
 * An S3 service of this test, as far as a store needs one. Unlike the fakes that can be installed it
 * checks signatures (AWS Signature Version 4, computed here anew), checksums and lengths.
 */
export async function startS3(prefix = ''): Promise<TestS3> {
  const bucket = `test-${randomUUID()}`;
  const contents = new Map<string, Content>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      try {
        answer(contents, bucket, { request, response, body: Buffer.concat(chunks) });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        response.writeHead(error.status, { 'content-type': 'application/xml' });
        response.end(`<?xml version="1.0"?><Error><Code>${error.code}</Code></Error>`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    config: {
      endpoint: `http://127.0.0.1:${port}`,
      region: REGION,
      bucket,
      accessKeyId: ACCESS_KEY,
      secretAccessKey: SECRET_KEY,
      prefix,
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly body: Buffer;
}

function answer(contents: Map<string, Content>, bucket: string, exchange: Exchange): void {
  const { request, response, body } = exchange;
  const url = new URL(request.url ?? '/', 'http://service');
  checkSignature(request, url, body);
  const [, name, ...rest] = decodeURIComponent(url.pathname).split('/');
  if (name !== bucket) throw new Refusal(404, 'NoSuchBucket');
  const key = rest.join('/');
  if (key === '') {
    if (request.method === 'HEAD') response.end();
    else response.end(list(contents, url.searchParams));
    return;
  }
  switch (request.method) {
    case 'PUT':
      contents.set(key, received(request, body));
      response.setHeader('etag', `"${createHash('md5').update(body).digest('hex')}"`).end();
      return;
    case 'DELETE':
      contents.delete(key);
      response.writeHead(204).end();
      return;
    default:
      send(contents.get(key), exchange);
  }
}

function received({ headers }: http.IncomingMessage, bytes: Buffer): Content {
  const length = headers['content-length'];
  if (length === undefined) throw new Refusal(411, 'MissingContentLength');
  return { bytes, type: headers['content-type'] ?? 'binary/octet-stream', at: new Date() };
}

function send(content: Content | undefined, { request, response }: Exchange): void {
  if (content === undefined) throw new Refusal(404, 'NoSuchKey');
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const [start, end] =
    range === null ? [0, content.bytes.length - 1] : [Number(range[1]), Number(range[2])];
  if (range !== null && start >= content.bytes.length) throw new Refusal(416, 'InvalidRange');
  const part = content.bytes.subarray(start, end + 1);
  response.writeHead(range === null ? 200 : 206, {
    'content-type': content.type,
    'content-length': part.length,
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

function list(contents: Map<string, Content>, query: URLSearchParams): string {
  if (query.get('list-type') !== '2') throw new Refusal(400, 'InvalidArgument');
  const after = query.get('continuation-token')?.replace('token & ', '') ?? '';
  const keys = [...contents.keys()]
    .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
    .sort();
  const page = keys.slice(0, PAGE);
  const entries = page.map((key) => {
    const { bytes, at } = contents.get(key) as Content;
    return `<Contents><Key>${key}</Key><LastModified>${at.toISOString()}</LastModified><Size>${bytes.length}</Size></Contents>`;
  });
  const more = keys.length > PAGE;
  const next = `<NextContinuationToken>token &amp; ${page.at(-1)}</NextContinuationToken>`;
  return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? next : ''}${entries.join('')}</ListBucketResult>`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function checkSignature({ method, headers }: http.IncomingMessage, url: URL, body: Buffer): void {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const [, accessKey, day = '', region = '', signed = '', signature] = given ?? [];
  if (accessKey !== ACCESS_KEY) throw new Refusal(403, 'InvalidAccessKeyId');
  const payload = String(headers['x-amz-content-sha256']);
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body)) {
    throw new Refusal(400, 'XAmzContentSHA256Mismatch');
  }
  const query = [...url.searchParams].map((pair) => pair.map(encode).join('=')).sort();
  const names = signed.split(';');
  const canonical = [
    method,
    url.pathname,
    query.join('&'),
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, ' ')}`),
    '',
    signed,
    payload,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${SECRET_KEY}`,
  );
  if (region !== REGION || hmac(key, text).toString('hex') !== signature) {
    throw new Refusal(403, 'SignatureDoesNotMatch');
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
