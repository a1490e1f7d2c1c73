import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

const notification = sql`select pg_notify('keycourier_outbox', '')`;

/**
 * Notifies every relay, when the caller's transaction commits, that messages are due. Postgres serializes all commits with
 * a notification: a transaction of the ledger's own calls notifier.notify() after its commit instead.
 */
export async function notifyRelay(tx: Kysely<Tables>): Promise<void> {
  await notification.execute(tx);
}

export interface Notifier {
  /** Notifies a relay that messages are due. Many calls at once make few notifications. */
  notify: () => void;
  /** Resolves when no notification is being sent. */
  flush: () => Promise<void>;
  /**
   * A relay of this process, which is notified without Postgres, and alone: any relay publishes for all.
   * `wake` returns false where it cannot publish now; then every other one is notified. Returns how to leave.
   */
  attach: (wake: () => boolean) => () => void;
}

/** A lost notification delays publishing until the relay's next poll: a second, or ten where nothing was published for a minute. */
export function createNotifier(db: Kysely<Tables>): Notifier {
  let sending: Promise<void> | null = null;
  let again = false;
  let wakeOwn = (): boolean => false;
  const send = async (): Promise<void> => {
    do {
      again = false;
      await notification.execute(db).catch(() => undefined);
    } while (again);
  };
  return {
    notify: () => {
      if (wakeOwn()) return;
      again = true;
      sending ??= send().finally(() => {
        sending = null;
      });
    },
    flush: async () => {
      await sending;
    },
    attach: (wake) => {
      wakeOwn = wake;
      return () => {
        if (wakeOwn === wake) wakeOwn = () => false;
      };
    },
  };
}
