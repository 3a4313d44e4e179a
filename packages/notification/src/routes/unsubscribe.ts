import type { Route } from '@objectos/spec/contracts';
import { escapeHtml } from '../channels/html.js';
import type { Parts } from '../parts.js';
import type { Sealer } from '../sealer.js';
import { readToken, unsubscribe, UNSUBSCRIBE_PATH } from '../unsubscribe/links.js';

/** A page without script or style: nothing in it can be made to run. */
const POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/**
 * The page behind the link in a mail. Looking at it changes nothing, because scanners of mail look at
 * every link; the button does, and so does the one click of a mail program (RFC 8058), which posts.
 */
export function unsubscribeRoutes(parts: Parts, sealer: () => Sealer): Route[] {
  const path = `${UNSUBSCRIBE_PATH}/:token`;
  const labelOf = (name: string): string =>
    parts.topics.has(name) ? parts.topics.get(name).label : name;
  return [
    {
      method: 'GET',
      path,
      access: 'public',
      handler(_request, { params }) {
        const found = readToken(params['token'] ?? '', sealer());
        if (found === undefined) return invalid();
        const question = `Send no more mail about “${escapeHtml(labelOf(found.t))}” to ${escapeHtml(found.a)}?`;
        return page(
          `<p>${question}</p><form method="post"><button>Unsubscribe</button></form>`,
          200,
        );
      },
    },
    {
      method: 'POST',
      path,
      access: 'public',
      async handler(_request, { params }) {
        const found = readToken(params['token'] ?? '', sealer());
        if (found === undefined) return invalid();
        await unsubscribe(parts, found);
        return page(`<p>You get no more mail about “${escapeHtml(labelOf(found.t))}”.</p>`, 200);
      },
    },
  ];
}

function invalid(): Response {
  return page('<p>This link is not valid. Sign in to choose what you are told.</p>', 404);
}

function page(body: string, status: number): Response {
  const html =
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width"><title>Notifications</title></head>' +
    `<body><h1>Notifications</h1>${body}</body></html>`;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  return new Response(html, { status, headers });
}
