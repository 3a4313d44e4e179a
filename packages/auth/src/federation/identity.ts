/** A person as a directory or a SAML provider knows them. */
export interface Identity {
  /** Id of the provider in the configuration. */
  readonly provider: string;
  /** What names the person there for ever. */
  readonly subject: string;
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
}

/** An identity, or what keeps somebody whom the provider knows from being one. */
export type Finding = Identity | { readonly missing: string };
