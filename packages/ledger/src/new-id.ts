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

type IdPrefix = 'shp' | 'evt' | 'dlv' | 'run' | 'bat' | 'key' | 'usr' | 'grp' | 'mem' | 'tok' | 'reg' | 'cmt';

/** The id of a SCIM connection is part of its base URL, where Okta's wizard refuses an underscore. */
export const newConnectionId = (): string => ulid().toLowerCase();

/** A fresh API key: 256 random bits behind a prefix that secret scanners can look for. */
export const newApiKey = (): string => `kc_${randomBytes(32).toString('base64url')}`;

/** A fresh secret of a SCIM client, of the same strength. */
export const newScimSecret = (): string => `kcs_${randomBytes(32).toString('base64url')}`;
