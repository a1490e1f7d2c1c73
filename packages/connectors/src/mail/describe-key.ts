import type { Purpose } from '@keycourier/journey/model/purpose';

/** What a PIN mail says about the key that the PIN is for. */
export interface KeyWords {
  subject: string;
  title: string;
  /** Names the key in the middle of a sentence. */
  name: string;
  /** The end of its serial number as it is written in a mail; null where the serial is no number. */
  serialEnd: string | null;
  /** What else may be in the same mailbox. */
  other: string;
}

const words = {
  primary: {
    subject: 'The PIN for your new security key',
    title: 'The PIN for your primary security key',
    name: 'primary key',
    other: 'If you also get a backup key, it has a PIN of its own, in another mail.',
  },
  backup: {
    subject: 'The PIN for your backup security key',
    title: 'The PIN for your backup security key',
    name: 'backup key',
    other: 'Your primary key has a PIN of its own, in another mail.',
  },
} as const satisfies Readonly<Record<Purpose, Omit<KeyWords, 'serialEnd'>>>;

export const describeKey = (purpose: Purpose, serial: string | null): KeyWords => ({
  ...words[purpose],
  serialEnd: serialEnd(serial),
});

/** The last four digits, in two pairs: in the text of a PIN mail only the PIN is a run of four or more digits. */
function serialEnd(serial: string | null): string | null {
  const [, first, second] = /^\d*(\d\d)(\d\d)$/.exec(serial ?? '') ?? [];
  return first === undefined || second === undefined ? null : `${first} ${second}`;
}
