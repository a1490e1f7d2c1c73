import { setTimeout } from 'node:timers/promises';

import { sql, type Kysely, type RawBuilder } from 'kysely';

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
  /**
   * Runs a statement that may make messages due, which is a transaction of its own, and notifies: the notification is sent with it where
   * none is under way, without waiting for what the statement did, and else after it, where its rows say so.
   */
  runAndNotify: (statement: RawBuilder<unknown>, isDue: (rows: Rows) => boolean) => Promise<Rows>;
  /** Resolves when no notification is being sent. */
  flush: () => Promise<void>;
  /**
   * Registers this process's own relay. notify() then calls `wake` instead of sending a notification through Postgres: one relay
   * suffices, since each publishes the messages of all. Where `wake` returns false, it cannot publish now, and all relays are notified.
   * Returns a function that ends the registration.
   */
  attach: (wake: () => boolean) => () => void;
}

type Rows = readonly unknown[];

/** Sends two statements in one piece, each a transaction of its own, and returns the rows of the first; those of the second come when it has ended. */
export type SendFollowed = (
  statements: readonly [RawBuilder<unknown>, RawBuilder<unknown>],
  onEnded: (error: Error | undefined, rows: Rows) => void,
) => Promise<Rows>;

/** From a notification to the next: of many calls in a row, each would be one. */
const spacingMs = 2;

/** The statement's rows, and the end of the notification. */
function sendBehind(
  sendFollowed: SendFollowed,
  statement: RawBuilder<unknown>,
  subject: NotificationSubject,
): [Promise<Rows>, Promise<void>] {
  let onEnded = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    onEnded = resolve;
  });
  const rows = sendFollowed([statement, notification(subject)], onEnded);
  rows.catch(onEnded);
  return [rows, ended];
}

/** One notification at a time, with a pause behind each; one that is asked for meanwhile follows. */
function createSending(sendAlone: () => Promise<void>) {
  let sending: Promise<void> | null = null;
  let again = false;
  const send = async (sent: Promise<void>): Promise<void> => {
    again = false;
    await sent;
    await setTimeout(spacingMs);
    if (again) await send(sendAlone());
  };
  const begin = (sent: Promise<void>): void => {
    sending = send(sent).finally(() => {
      sending = null;
    });
  };
  return {
    isUnderWay: () => sending !== null,
    begin,
    request: (): void => {
      again = true;
      if (sending === null) begin(sendAlone());
    },
    end: async () => sending,
  };
}

/** A lost notification delays publishing until the relay's next poll: a second, or ten where nothing was published for a minute. */
export function createNotifier(
  db: Kysely<Tables>,
  subject: NotificationSubject = '',
  sendFollowed?: SendFollowed,
): Notifier {
  let wakeOwn: (() => boolean) | null = null;
  const sending = createSending(
    async () =>
      void (await notification(subject)
        .execute(db)
        .catch(() => undefined)),
  );
  const notify = (): void => {
    if (wakeOwn?.() !== true) sending.request();
  };
  return {
    notify,
    runAndNotify: async (statement, isDue) => {
      if (sendFollowed !== undefined && wakeOwn === null && !sending.isUnderWay()) {
        const [rows, isSent] = sendBehind(sendFollowed, statement, subject);
        sending.begin(isSent);
        return rows;
      }
      const { rows } = await statement.execute(db);
      if (isDue(rows)) notify();
      return rows;
    },
    flush: async () => void (await sending.end()),
    attach: (wake) => {
      wakeOwn = wake;
      return () => {
        if (wakeOwn === wake) wakeOwn = null;
      };
    },
  };
}
