import { randomBytes } from 'node:crypto';

import { monotonicFactory } from 'ulid';

// Monotonic: what one process makes in the same millisecond still sorts in the order it was made.
const ulid = monotonicFactory();

/** A sortable id: prefix, time, randomness. Newest-first lists and pages order by it. */
export const newId = (prefix: 'shp' | 'evt' | 'run' | 'bat' | 'key'): string => `${prefix}_${ulid().toLowerCase()}`;

/** A fresh API key: 256 random bits behind a prefix that secret scanners can look for. */
export const newApiKey = (): string => `kc_${randomBytes(32).toString('base64url')}`;
