import { toMessage, type MailTransport } from './transport.js';

const TIMEOUT = 30_000;

/**
 * A mail server, over a few connections that stay open; its client is loaded with the first mail. `smtps:` speaks TLS from the start; `smtp:`
 * demands STARTTLS, unless the address says `?tls=none` (a relay on the same machine).
 */
export function createSmtpTransport(address: string, from: string): MailTransport {
  const url = new URL(address);
  const isTls = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  const open = async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      pool: true,
      host: url.hostname,
      port: url.port === '' ? (isTls ? 465 : 587) : Number(url.port),
      secure: isTls,
      requireTLS: !isTls && url.searchParams.get('tls') !== 'none',
      ignoreTLS: !isTls && url.searchParams.get('tls') === 'none',
      ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
      connectionTimeout: TIMEOUT,
      greetingTimeout: TIMEOUT,
      socketTimeout: TIMEOUT,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
  let transport: ReturnType<typeof open> | undefined;
  return {
    name: url.host,
    async send(mail) {
      transport ??= open();
      const { messageId } = await (await transport).sendMail(toMessage(mail, from));
      return messageId;
    },
    close: () => void transport?.then((opened) => opened.close()),
  };
}
