import type { AuthConfig } from '../config.js';
import { checkPassword } from '../password/policy.js';

/** The key of the body in which an endpoint takes a new password. */
const NEW_PASSWORD: ReadonlyMap<string, string> = new Map([
  ['/sign-up/email', 'password'],
  ['/admin/create-user', 'password'],
  ['/reset-password', 'newPassword'],
  ['/change-password', 'newPassword'],
  ['/admin/set-user-password', 'newPassword'],
]);

/** Holds a new password against the policy. @throws `password_rejected` */
export async function checkNewPassword(
  path: string,
  body: Readonly<Record<string, unknown>>,
  rules: AuthConfig['password'],
): Promise<void> {
  const key = NEW_PASSWORD.get(path);
  const password = key === undefined ? undefined : body[key];
  if (typeof password !== 'string') return;
  await checkPassword(password, { email: text(body['email']), name: text(body['name']) }, rules);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
