import type { Entry } from 'ldapts';
import type { Finding } from '../federation/identity.js';
import type { LdapConfig } from './config.js';

const BINARY = /^(?:objectguid|objectsid)$|;binary$/i;

/** True for attributes whose values are bytes, not text. */
export function isBinary(attribute: string): boolean {
  return BINARY.test(attribute);
}

/** Attributes that are asked for. */
export function wantedAttributes({ attributes }: LdapConfig): string[] {
  return Object.values(attributes).filter((name) => name !== undefined);
}

/** The values of an attribute as text; bytes as hexadecimal digits. */
export function valuesOf(entry: Entry, attribute: string): string[] {
  const key = Object.keys(entry).find((name) => name.toLowerCase() === attribute.toLowerCase());
  const value = key === undefined ? [] : (entry[key] ?? []);
  const list: readonly (Buffer | string)[] = Array.isArray(value) ? value : [value];
  return list
    .map((one) => (typeof one === 'string' ? one : one.toString('hex')))
    .filter((one) => one !== '');
}

/** What names the person of an entry for ever. */
export function subjectOf(entry: Entry, { attributes }: LdapConfig): string | undefined {
  return valuesOf(entry, attributes.id)[0]?.toLowerCase();
}

/** The person of an entry. */
export function toIdentity(
  entry: Entry,
  { provider, config }: { readonly provider: string; readonly config: LdapConfig },
  groups: readonly string[],
): Finding {
  const { attributes } = config;
  const subject = subjectOf(entry, config);
  const [email] = valuesOf(entry, attributes.email);
  if (subject === undefined) return { missing: attributes.id };
  if (email === undefined) return { missing: attributes.email };
  const name = valuesOf(entry, attributes.name)[0] ?? email;
  const own = attributes.groups === undefined ? [] : valuesOf(entry, attributes.groups);
  return { provider, subject, email, name, groups: [...own, ...groups] };
}
