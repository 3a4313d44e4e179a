import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createError } from '@objectos/spec/errors';
import { checkFileKey, type Digest, type FileStore, type StoredContent } from './file-store.js';
import { createS3Client, type S3Config } from './s3-client.js';
import { webStreamOf } from './web-stream.js';

const TYPE = 'application/octet-stream';

/**
 * A store on an S3-compatible service. A content is written to a temporary file first: its length and
 * checksum are part of the request, so the service refuses what did not arrive as it was sent.
 */
export function createS3Store(config: S3Config): FileStore {
  const client = createS3Client(config);

  async function* list(prefix: string): AsyncGenerator<StoredContent> {
    let token: string | undefined;
    do {
      const answer = await client({
        method: 'GET',
        query: {
          'list-type': '2',
          prefix: config.prefix + prefix,
          ...(token === undefined ? {} : { 'continuation-token': token }),
        },
      });
      const page = await answer.text();
      if (answer.status === 404) throw noBucket();
      for (const [, entry = ''] of page.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
        const key = element(entry, 'Key').slice(config.prefix.length);
        const modifiedAt = Date.parse(element(entry, 'LastModified'));
        yield { key, size: Number(element(entry, 'Size')), modifiedAt };
      }
      token = element(page, 'NextContinuationToken') || undefined;
    } while (token !== undefined);
  }

  return {
    backend: 's3',
    prepare: async () => undefined,
    async write(key, body, { contentType = TYPE, seal } = {}) {
      checkFileKey(key);
      const folder = await mkdtemp(path.join(tmpdir(), 'objectos-file-'));
      const draft = path.join(folder, 'content');
      try {
        const digest = await spool(draft, body);
        await seal?.(digest);
        const answer = await client({
          method: 'PUT',
          key,
          headers: {
            'content-type': contentType,
            'content-length': String(digest.size),
            'x-amz-content-sha256': digest.sha256,
          },
          body: webStreamOf(createReadStream(draft)),
        });
        await answer.body?.cancel();
        if (answer.status === 404) throw noBucket();
        return digest;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async read(key, range) {
      checkFileKey(key);
      const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` };
      const answer = await client({ method: 'GET', key, headers });
      if (answer.status !== 404) return answer.body ?? new Blob([]).stream();
      await checkBucket(answer);
      return undefined;
    },
    async size(key) {
      checkFileKey(key);
      const answer = await client({ method: 'HEAD', key });
      return answer.status === 404 ? undefined : Number(answer.headers.get('content-length'));
    },
    async delete(key) {
      checkFileKey(key);
      const answer = await client({ method: 'DELETE', key });
      if (answer.status === 404) await checkBucket(answer);
      else await answer.body?.cancel();
      return answer.status !== 404;
    },
    list,
    async isUp() {
      try {
        const answer = await client({ method: 'HEAD' });
        return answer.ok;
      } catch {
        // Whatever it is: whoever asks wants to know whether it works.
        return false;
      }
    },
  };
}

async function spool(draft: string, body: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(draft, 'wx', 0o600);
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

/** Text of an element; of the characters that XML escapes, our keys have none but tokens may. */
function element(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Of an answer 404: a content that is not there is no error, a bucket that is not there is one. */
async function checkBucket(answer: Response): Promise<void> {
  if (/<Code>NoSuchBucket<\/Code>/.test(await answer.text())) throw noBucket();
}

function noBucket(): Error {
  return createError('file_store_failed', { backend: 'S3', status: 404, reason: 'NoSuchBucket' });
}
