/** Where a sign-in by SAML begins, below `/api/auth`. */
export const SAML_PATH = '/sign-in/saml';
/** Where answers arrive. */
export const ACS_ROUTE = `${SAML_PATH}/acs/:id`;
/** Where a sign-in ends, in the browser that began it. */
export const FINISH_PATH = `${SAML_PATH}/finish`;

/** Providers are told one address, whatever prefix a client uses. */
const BASE = '/api/auth';

/** Where the answers of a provider arrive. */
export function acsPath(provider: string): string {
  return `${BASE}${SAML_PATH}/acs/${provider}`;
}

/** Where a provider reads who we are; it is our name too. */
export function metadataPath(provider: string): string {
  return `${BASE}${SAML_PATH}/metadata/${provider}`;
}

/** Where the browser goes on with the result of an answer. */
export function finishPath(code: string): string {
  return `${BASE}${FINISH_PATH}?code=${code}`;
}

/** A path of this server, or its root: where an answer that nobody asked for may lead. */
export function localPath(text: string): string {
  return text.length <= 2000 && /^\/(?![/\\])[!-[\]-~]*$/.test(text) ? text : '/';
}
