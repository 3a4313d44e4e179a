import { createError } from '@objectos/spec/errors';
import type { StorageConfig } from '../config.js';

/** How an S3-compatible service is reached. */
export type S3Config = NonNullable<StorageConfig['files']['s3']>;

/** A request to the service. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Absent: the bucket itself. */
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: ReadableStream<Uint8Array> | undefined;
}

/** Asks the service; answers other than success and 404 are errors. */
export type S3Client = (request: S3Request) => Promise<Response>;

/** Until the service begins to answer; bodies may take as long as they do. */
const ANSWER_MS = 30_000;
/** Tries of a request without a body that the service is too busy for. */
const TRIES = 3;

/**
 * Signs requests (AWS Signature Version 4) and sends them; addresses are in the path style, which all
 * services understand.
 */
export function createS3Client(config: S3Config): S3Client {
  const { accessKeyId, secretAccessKey, region } = config;
  const openSigner = async () => {
    const { AwsClient } = await import('aws4fetch');
    return new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' });
  };
  let signer: ReturnType<typeof openSigner> | undefined;
  const bucket = `${config.endpoint.replace(/\/+$/, '')}/${config.bucket}`;

  async function send({ method, key, query, headers, body }: S3Request): Promise<Response> {
    const place = key === undefined ? bucket : `${bucket}/${config.prefix}${key}`;
    const url = new URL(place);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const signed = await (
      await (signer ??= openSigner())
    ).sign(url.href, { method, headers: { ...headers } });
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), ANSWER_MS);
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: signed.headers,
      // Another address has not been configured.
      redirect: 'manual',
      ...(body === undefined ? { signal: controller.signal } : { body, duplex: 'half' }),
    };
    try {
      return await fetch(signed.url, init);
    } catch (cause) {
      throw createError('storage_unavailable', { backend: 'S3' }, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  return async (request) => {
    const tries = request.body === undefined ? TRIES : 1;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(request);
      if (answer.ok || answer.status === 404) return answer;
      const text = request.method === 'HEAD' ? '' : await answer.text();
      const isBusy = answer.status >= 500 || answer.status === 429;
      if (!isBusy) throw refusal(answer, text);
      if (attempt === tries) throw createError('storage_unavailable', { backend: 'S3' });
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  };
}

function refusal({ status }: Response, text: string): Error {
  const reason = /<Code>(\w{1,60})<\/Code>/.exec(text)?.[1] ?? 'no reason is told';
  return createError('file_store_failed', { backend: 'S3', status, reason });
}
