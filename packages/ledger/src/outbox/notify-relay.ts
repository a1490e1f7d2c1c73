import { setTimeout } from 'node:timers/promises';

import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

/** Beside messages of the outbox (''): deliveries that are to be unpacked, a hub that is to be tested, an action on a filter. */
export const otherSubjects = ['deliveries', 'hub', 'bulk'] as const;
export type NotificationSubject = '' | (typeof otherSubjects)[number];

const notification = (subject: NotificationSubject) => sql`select pg_notify('keycourier_outbox', ${subject})`;

/**
 * Notifies every relay, when the caller's transaction commits, that messages are due. Postgres serializes all commits with
 * a notification: a transaction of the ledger's own calls notifier.notify() after its commit instead.
 */
export const notifyRelay = (tx: Kysely<Tables>): Promise<void> => notifyOf(tx, '');

/** Notifies every worker when the caller's transaction commits: for what is rare. */
export async function notifyOf(tx: Kysely<Tables>, subject: NotificationSubject): Promise<void> {
  await notification(subject).execute(tx);
}

export interface Notifier {
  /** Notifies a relay that messages are due. Many calls at once make few notifications. */
  notify: () => void;
  /** Resolves when no notification is being sent. */
  flush: () => Promise<void>;
  /**
   * Registers this process's own relay. notify() then calls `wake` instead of sending a notification through Postgres: one relay
   * suffices, since each publishes the messages of all. Where `wake` returns false, it cannot publish now, and all relays are notified.
   * Returns a function that ends the registration.
   */
  attach: (wake: () => boolean) => () => void;
}

/** From a notification to the next: of many calls in a row, each would be one. */
const spacingMs = 2;

/** A lost notification delays publishing until the relay's next poll: a second, or ten where nothing was published for a minute. */
export function createNotifier(db: Kysely<Tables>, subject: NotificationSubject = ''): Notifier {
  let sending: Promise<void> | null = null;
  let again = false;
  let wakeOwn = (): boolean => false;
  const send = async (): Promise<void> => {
    do {
      again = false;
      await notification(subject)
        .execute(db)
        .catch(() => undefined);
      await setTimeout(spacingMs);
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
