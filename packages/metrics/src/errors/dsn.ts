import { createError } from '@objectos/spec/errors';

/** Where reports go, as the DSN of an error tracker says it. */
export interface ReportTarget {
  readonly url: string;
  /** Value of the header `X-Sentry-Auth`. */
  readonly auth: string;
}

/**
 * Reads a DSN, `https://<key>@<host>/<path>/<project>`.
 * @see https://develop.sentry.dev/sdk/foundations/transport/authentication/
 * @throws `error_tracking_invalid`
 */
export function parseDsn(dsn: string, client: string): ReportTarget {
  const url = URL.canParse(dsn) ? new URL(dsn) : undefined;
  const [, path, project] = /^(.*)\/(\d+)$/.exec(url?.pathname ?? '') ?? [];
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw invalid('it is no http URL');
  if (url.username === '') throw invalid('it has no key before the "@"');
  if (project === undefined) throw invalid('its path does not end with the number of a project');
  return {
    url: `${url.protocol}//${url.host}${path ?? ''}/api/${project}/envelope/`,
    auth: `Sentry sentry_version=7, sentry_key=${url.username}, sentry_client=${client}`,
  };
}

function invalid(reason: string) {
  return createError('error_tracking_invalid', { reason });
}
