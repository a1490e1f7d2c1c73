import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

const notice = sql`select pg_notify('keycourier_outbox', '')`;

/**
 * Tells every relay, when the caller's transaction commits, that something is due. Commits with such a notice wait for
 * each other, all through the database: where the transaction is our own, ring the bell after it instead.
 */
export async function notifyRelay(tx: Kysely<Tables>): Promise<void> {
  await notice.execute(tx);
}

export interface Notifier {
  /** Tells every relay that something is due. Many rings at once are one. */
  notify: () => void;
  /** Resolves when nothing is ringing any more. */
  flush: () => Promise<void>;
}

/** What was committed is found by the relays' own looking too, so a bell that does not ring costs a second and no more. */
export function createNotifier(db: Kysely<Tables>): Notifier {
  let ringing: Promise<void> | null = null;
  let again = false;
  const ringOut = async (): Promise<void> => {
    do {
      again = false;
      await notice.execute(db).catch(() => undefined);
    } while (again);
  };
  return {
    notify: () => {
      again = true;
      ringing ??= ringOut().finally(() => {
        ringing = null;
      });
    },
    flush: async () => {
      await ringing;
    },
  };
}
