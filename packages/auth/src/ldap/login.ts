const MAX_LOGIN = 256;

/**
 * A user name as it may be asked for. Control characters and those that directories leave out when
 * they compare are refused: with them one account would have many names, and as many guesses.
 */
export function readLogin(text: string): string | undefined {
  const login = text.trim().normalize('NFC');
  const isUsable = login !== '' && login.length <= MAX_LOGIN;
  return isUsable && !/[\p{C}\p{Default_Ignorable_Code_Point}]/u.test(login) ? login : undefined;
}

/** One key for all the ways of writing a user name that a directory takes for the same. */
export function loginKey(text: string): string {
  const key = text.normalize('NFKC').toUpperCase().toLowerCase().replace(/\s+/gu, ' ').trim();
  return key.slice(0, MAX_LOGIN);
}
