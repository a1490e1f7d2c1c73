import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

const notice = sql`select pg_notify('keycourier_knocks', '')`;

/**
 * Tells every relay, when the caller's transaction commits, that something is due. Commits with such a notice wait for
 * each other, all through the database: where the transaction is our own, ring the bell after it instead.
 */
export async function wakeRelay(tx: Kysely<Tables>): Promise<void> {
  await notice.execute(tx);
}

export interface Bell {
  /** Tells every relay that something is due. Many rings at once are one. */
  ring: () => void;
  /** Resolves when nothing is ringing any more. */
  silence: () => Promise<void>;
}

/** What was committed is found by the relays' own looking too, so a bell that does not ring costs a second and no more. */
export function hangBell(db: Kysely<Tables>): Bell {
  let ringing: Promise<void> | null = null;
  let again = false;
  const ringOut = async (): Promise<void> => {
    do {
      again = false;
      await notice.execute(db).catch(() => undefined);
    } while (again);
  };
  return {
    ring: () => {
      again = true;
      ringing ??= ringOut().finally(() => {
        ringing = null;
      });
    },
    silence: async () => {
      await ringing;
    },
  };
}
