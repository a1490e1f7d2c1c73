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

/** The mails that were received for an address, oldest first. */
export async function mailsTo(inboxUrl: string, address: string): Promise<Mail[]> {
  const mails = z.array(mail).parse(await callOk('GET', `${inboxUrl}/email`));
  return mails.filter(({ to }) => to.some((one) => one.address.toLowerCase() === address.toLowerCase()));
}

/** The PIN of a PIN mail: the only run of four or more digits in its text. */
export function pinIn({ text }: Pick<Mail, 'text'>): string | null {
  const runs = text.match(/\d{4,}/g) ?? [];
  return runs.length === 1 ? (runs[0] ?? null) : null;
}
