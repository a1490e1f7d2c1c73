import { createTransport } from 'nodemailer';

/** Sends the PIN to one recipient. Rejects if the mail server does not accept the mail. */
export type SendPinMail = (to: string, pin: string) => Promise<void>;

/** Plain text in which the PIN is the only run of four or more digits. */
export const pinText = (pin: string): string =>
  [
    'Hello,',
    '',
    'a security key that is already registered for you is on its way. This is its PIN:',
    '',
    `    ${pin}`,
    '',
    'You need it when you sign in with the key for the first time. Do not share it with anyone.',
    '',
  ].join('\n');

export function createPinMailer(smtpUrl: string, issuerHost: string): SendPinMail {
  const transport = createTransport(smtpUrl);
  return async (to, pin) => {
    await transport.sendMail({
      from: { name: 'Okta', address: `noreply@${issuerHost}` },
      to: { name: '', address: to },
      subject: 'The PIN of your security key',
      text: pinText(pin),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
}
