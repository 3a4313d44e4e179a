import { createError } from '@objectos/spec/errors';
import { s3Schema } from '../config.js';
import type { S3Config } from './s3-client.js';

const FORM = 's3://<key>:<secret>@<host>/<bucket>[/<prefix>][?region=<region>&tls=false]';

/**
 * An S3-compatible service in one text, for a variable: key and secret are percent-encoded.
 *
 * @example parseFilesUrl('s3://AKIA:secret@s3.eu-central-1.amazonaws.com/files?region=eu-central-1')
 * @throws `config_invalid`, without the text: it has a secret in it
 */
export function parseFilesUrl(text: string): S3Config {
  const refuse = (reason: string) =>
    createError('config_invalid', { source: 'filesUrl (FILES_URL)', reason });
  if (!URL.canParse(text)) throw refuse(`it is not of the form ${FORM}`);
  const url = new URL(text);
  const { tls = 'true', region, ...unknown } = Object.fromEntries(url.searchParams);
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw refuse(`"${other.slice(0, 60)}" is not known; it is ${FORM}`);
  const [bucket = '', ...prefix] = url.pathname.slice(1).split('/');
  const folders = prefix.filter((part) => part !== '').map((part) => `${part}/`);
  const parsed = s3Schema.safeParse({
    endpoint: `${tls === 'false' ? 'http' : 'https'}://${url.host}`,
    bucket,
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
    prefix: folders.join(''),
    ...(region === undefined ? {} : { region }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}; it is ${FORM}`);
}
