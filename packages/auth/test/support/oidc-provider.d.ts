declare module 'oidc-provider' {
  // eslint-disable-next-line no-restricted-syntax -- the package has a default export
  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): (request: unknown, response: unknown) => void;
  }
}
