import { createError } from '@objectos/spec/errors';
import type { AuthConfig } from '../config.js';

/** What a new password is held against beside the rules. */
export interface PasswordOwner {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
}

/**
 * Checks a new password: its length, whether it is one of those that everybody tries first, and
 * whether it repeats its owner's name. There are no rules about kinds of characters.
 *
 * @throws `password_rejected`
 */
export async function checkPassword(
  password: string,
  owner: PasswordOwner,
  rules: AuthConfig['password'],
): Promise<void> {
  const length = Array.from(password).length;
  if (length < rules.minLength) throw rejected(`it has less than ${rules.minLength} characters`);
  if (length > rules.maxLength) throw rejected(`it has more than ${rules.maxLength} characters`);
  const plain = password.toLowerCase();
  if (ownWords(owner).includes(plain)) throw rejected('it is your name or address');
  if (rules.refuseCommon && (await commonPasswords()).has(plain)) {
    throw rejected('it is on the list of the most common passwords');
  }
}

function ownWords({ email = '', name = '' }: PasswordOwner): string[] {
  return [email, email.split('@')[0] ?? '', name].map((word) => word.toLowerCase());
}

let loaded: Promise<ReadonlySet<string>> | undefined;

/** The list is big, and needed only when somebody chooses a password. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  loaded ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']),
  );
  return loaded;
}

function rejected(reason: string): Error {
  return createError('password_rejected', { reason });
}
