import type { NotificationAddress } from '@objectos/spec/contracts';
import { isMailAddress } from '../mail/address.js';
import type { NotificationRow } from '../tables.js';
import type { Directory, Person, RecordRef } from './directory.js';

/** Somebody to tell, and what named them. */
export interface Recipient {
  readonly via: string;
  readonly person?: Person | undefined;
  readonly address?: NotificationAddress | undefined;
}

/** Finds everybody whom a notification names, each once: by what named them first. */
export async function resolveAudience(
  { audience, organization_id: tenantId, ...row }: NotificationRow,
  directory: Directory,
): Promise<Recipient[]> {
  const about =
    row.about_object === null || row.about_id === null
      ? undefined
      : { object: row.about_object, id: row.about_id };
  const via = new Map<string, string>();
  const name = (ids: readonly string[], what: string): void => {
    for (const id of ids) if (!via.has(id)) via.set(id, what);
  };
  name(audience.users ?? [], 'users');
  for (const role of audience.roles ?? []) {
    name(await directory.membersOf(role, tenantId), `role ${role}`);
  }
  for (const field of about === undefined ? [] : (audience.fields ?? [])) {
    name(await directory.valuesOf(about as RecordRef, field, tenantId), `field ${field}`);
  }
  for (const id of audience.except ?? []) via.delete(id);
  const people = await directory.people([...via.keys()], tenantId);
  const readers = about === undefined ? people : await onlyReaders(people, about, directory);
  return [
    ...readers.map((person) => ({ person, via: via.get(person.userId) ?? 'users' })),
    ...addressesBeside(audience.addresses ?? [], readers),
  ];
}

/** A notification must not tell anybody of a record that they may not see. */
async function onlyReaders(
  people: readonly Person[],
  about: RecordRef,
  directory: Directory,
): Promise<Person[]> {
  const readers: Person[] = [];
  for (const person of people) if (await directory.mayRead(person, about)) readers.push(person);
  return readers;
}

/** Addresses that are not those of a user who is told anyway. */
function addressesBeside(
  addresses: readonly NotificationAddress[],
  people: readonly Person[],
): Recipient[] {
  const known = new Set(people.flatMap(({ email, phone }) => [email, phone]));
  return addresses.flatMap(({ email, phone, locale }): Recipient[] => {
    const to = {
      email: email !== undefined && isMailAddress(email) && !known.has(email) ? email : undefined,
      phone: phone !== undefined && !known.has(phone) ? phone : undefined,
    };
    for (const one of [to.email, to.phone]) if (one !== undefined) known.add(one);
    if (to.email === undefined && to.phone === undefined) return [];
    return [{ via: 'addresses', address: { ...to, locale } }];
  });
}
