import { z } from 'zod';

import { callOk } from './call.ts';

const mail = z.looseObject({
  id: z.string(),
  to: z.array(z.looseObject({ address: z.string() })),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  messageId: z.string(),
});

export type Mail = z.infer<typeof mail>;

/** All mails that were received, oldest first. */
export const readMails = async (inboxUrl: string): Promise<Mail[]> =>
  z.array(mail).parse(await callOk('GET', `${inboxUrl}/email`));

/** Those for an address. */
export async function mailsTo(inboxUrl: string, address: string): Promise<Mail[]> {
  return (await readMails(inboxUrl)).filter(({ to }) =>
    to.some((one) => one.address.toLowerCase() === address.toLowerCase()),
  );
}

/** The PIN of a PIN mail: the only run of four or more digits in its text. */
export function pinIn({ text }: Pick<Mail, 'text'>): string | null {
  const runs = text.match(/\d{4,}/g) ?? [];
  return runs.length === 1 ? (runs[0] ?? null) : null;
}
