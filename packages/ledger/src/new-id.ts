import { randomBytes } from 'node:crypto';

import { monotonicFactory } from 'ulid';

/** Random numbers below 1, from many bytes at a time: ulid asks for sixteen in each new millisecond. */
function createRandom(): () => number {
  let [block, used] = [Buffer.alloc(0), 0];
  return () => {
    if (used === block.length) [block, used] = [randomBytes(4_096), 0];
    used += 1;
    return block.readUInt8(used - 1) / 256;
  };
}

// Monotonic: what one process makes in the same millisecond still sorts in the order it was made.
const ulid = monotonicFactory(createRandom());

/** A sortable id: prefix, time, randomness. Newest-first lists and pages order by it. */
export const newId = (prefix: IdPrefix): string => `${prefix}_${ulid().toLowerCase()}`;

const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** The ids of that time and later are not smaller: a ULID's first ten digits are its time in milliseconds. */
export function idAt(prefix: IdPrefix, time: Date): string {
  let [text, left] = ['', Math.max(0, time.getTime())];
  for (let digit = 0; digit < 10; digit += 1) {
    text = `${digits[left % 32] ?? ''}${text}`;
    left = Math.floor(left / 32);
  }
  return `${prefix}_${text}`;
}

/** Clocks differ, and an id may be assigned some minutes before its row is written. */
const idSlackMs = 15 * 60_000;

/**
 * Bounds on ids for rows of a time, so that a page in the order of ids reads no others. They are wider than the time: the row's
 * own time decides.
 */
export const idsBetween = (
  prefix: IdPrefix,
  { since, until }: { since?: Date | undefined; until?: Date | undefined },
) => ({
  from: since === undefined ? null : idAt(prefix, new Date(since.getTime() - idSlackMs)),
  to: until === undefined ? null : idAt(prefix, new Date(until.getTime() + idSlackMs)),
});

type IdPrefix =
  | 'shp'
  | 'evt'
  | 'dlv'
  | 'run'
  | 'bat'
  | 'key'
  | 'usr'
  | 'grp'
  | 'mem'
  | 'tok'
  | 'reg'
  | 'cmt'
  | 'blk'
  | 'mir'
  | 'cmp'
  | 'hgm';

/** The id of a SCIM connection is part of its base URL, where Okta's wizard refuses an underscore. */
export const newConnectionId = (): string => ulid().toLowerCase();

/** A fresh API key: 256 random bits behind a prefix that secret scanners can look for. */
export const newApiKey = (): string => `kc_${randomBytes(32).toString('base64url')}`;

/** A fresh secret of a SCIM client, of the same strength. */
export const newScimSecret = (): string => `kcs_${randomBytes(32).toString('base64url')}`;
