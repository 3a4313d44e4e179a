import { createHash } from 'node:crypto';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem;color:#1c2430}' +
  'label{display:block;margin:1rem 0 .25rem}input{width:100%;box-sizing:border-box;font:inherit;padding:.5rem}' +
  'button{margin-top:1.5rem;font:inherit;padding:.6rem 1.2rem}[role=alert]{color:#a3121f}';

/** A page without script: it works in every browser, and nothing in it can be made to run. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** What the form shows again after a refusal. The password is not among it. */
export interface FormState {
  readonly token: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly problem?: string | undefined;
}

/** The form for the first administrator. */
export function formPage(state: FormState, status = 200): Response {
  const { token, name = '', email = '', problem } = state;
  const alert = problem === undefined ? '' : `<p role="alert">${escape(problem)}</p>`;
  return page(
    'The first administrator',
    `${alert}<form method="post" action="/setup">
<input type="hidden" name="token" value="${escape(token)}">
<label for="name">Name</label><input id="name" name="name" autocomplete="name" required value="${escape(name)}">
<label for="email">E-mail</label><input id="email" name="email" type="email" autocomplete="username" required value="${escape(email)}">
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="new-password" required>
<button>Create the account</button></form>`,
    status,
  );
}

/** What follows once the account is there. */
export function donePage(email: string): Response {
  return page(
    'The first administrator',
    `<p>${escape(email)} can sign in now. This link is used up.</p>`,
    200,
  );
}

/** What an old or wrong link shows. */
export function closedPage(): Response {
  return page(
    'This link is not valid',
    '<p>It may be used up, or of an earlier start. While there is no administrator, each start of the server prints a new one.</p>',
    404,
  );
}

function page(title: string, content: string, status: number): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style><h1>${title}</h1>${content}</html>`;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  return new Response(html, { status, headers });
}

function escape(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': 'amp',
    '<': 'lt',
    '>': 'gt',
    '"': 'quot',
    "'": '#39',
  };
  return text.replace(/[&<>"']/g, (sign) => `&${names[sign] ?? ''};`);
}
