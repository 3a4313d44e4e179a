/** Where to go on after a refusal: the address that the client gave for it, which says why. */
export function withError(target: string, code: string, origin: string): string {
  const url = new URL(target, origin);
  url.searchParams.set('error', code);
  return url.origin === origin ? url.href.slice(origin.length) : url.href;
}
