import { z } from 'zod';

const TIMEOUT_MS = 10_000;

const userSchema = z.object({
  id: z.number(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});
const mailsSchema = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);

/** Who a GitHub token stands for, with the address that GitHub verified. */
export async function githubUser(api: string, accessToken: string) {
  const [user, mails] = await Promise.all([
    ask(`${api}/user`, accessToken).then((body) => userSchema.safeParse(body)),
    ask(`${api}/user/emails`, accessToken).then((body) => mailsSchema.safeParse(body)),
  ]);
  const mail = mails.data?.find((one) => one.primary && one.verified);
  if (!user.success || mail === undefined) return null;
  const { id, login, name, avatar_url: image } = user.data;
  return {
    id,
    name: name ?? login,
    email: mail.email,
    emailVerified: true,
    ...(image === null || image === undefined ? {} : { image }),
  };
}

async function ask(url: string, accessToken: string): Promise<unknown> {
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/vnd.github+json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  });
  return answer.ok ? ((await answer.json()) as unknown) : undefined;
}
