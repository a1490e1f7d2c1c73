import { setTimeout as sleep } from 'node:timers/promises';

import { findStep, type QueueName } from '@keycourier/journey/steps/steps';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { jobPriority } from '@keycourier/ledger/outbox/fair-order';
import { otherSubjects, type NotificationSubject } from '@keycourier/ledger/outbox/notify-relay';
import { slotsOf } from '@keycourier/ledger/outbox/pace';
import { publishDue, type Published, type PublishedMessage } from '@keycourier/ledger/outbox/publish-due';
import type { JobQueue } from '@keycourier/queues/backend';
import { jobIdOf } from '@keycourier/queues/job';
import { createClient } from '@keycourier/runtime/postgres-pool';
import type { Client, Notification } from 'pg';

import { createDrain } from './drain.ts';

export interface Relay {
  /** A job has ended: a message that waits for a call of its tenant may be published, or one is due later. */
  onJobEnded: (outcome: 'done' | 'later') => void;
  close: () => Promise<void>;
}

const limit = 500;

/** Until the next look without a notification; longer where nothing was published in the last minute. */
const pollEveryMs = 1_000;
const quietPollEveryMs = 10_000;
const quietAfterMs = 60_000;

/** The shortest time until the next look at a message that waits for a time. */
const shortestWaitMs = 5;

/**
 * While messages wait for calls of their tenants, a step ends every few milliseconds and each end is a reason to look. A look costs as much
 * for one message as for several: it waits for more of them, for a time that is short beside a call.
 */
export const gatherMs = 20;

interface RelayOptions {
  ledger: Ledger;
  databaseUrl: string;
  queues: ReadonlyMap<QueueName, JobQueue>;
  knownSteps: readonly string[];
  onLook: (found: Published) => void;
  /** Deliveries are to be unpacked, or may be: this process was away. */
  onDeliveries?: () => void;
  /** A hub is to be tested, or may be. */
  onHub?: () => void;
  /** An action on a filter is to be checked, run or stopped, or may be. */
  onBulk?: () => void;
  onError: (error: unknown) => void;
}

/**
 * Publishes outbox messages to the queues: at once when a transaction notifies it (LISTEN), when one is due, and every
 * second, or ten at rest, in case a notification was lost. While messages wait for calls of their tenants, {@link gatherMs} are between two
 * looks. While a store is away, the messages stay in the outbox. So do those of steps that are not known here, for the relay of a newer
 * worker; and those that wait for a call of their tenant.
 */
export function startRelay(options: RelayOptions): Relay {
  const { ledger, queues, knownSteps, onError } = options;
  let isFailing = false;
  const alarm = createAlarm(() => drain.wake());
  const publishSome = async (): Promise<boolean> => {
    const found = await publishDue(ledger, { knownSteps, limit, slotsOf }, (due) => publish(queues, due));
    isFailing = false;
    options.onLook(found);
    alarm.after(found);
    return found.isMore;
  };
  const onFailed = (error: unknown): void => {
    const isFirst = !isFailing;
    isFailing = true;
    // What this relay alone was notified of; once an outage, as its own listener hears that too.
    if (isFirst) ledger.notifier.notify();
    onError(error);
    alarm.afterFailure();
  };
  const drain = createDrain(publishSome, onFailed, alarm.gathered);
  const listener = listen(options.databaseUrl, onError, routeTo(drain.wake, options));
  const leave = ledger.notifier.attach(() => {
    drain.wake();
    return !isFailing;
  });
  drain.wake();
  return {
    onJobEnded: (outcome) => {
      if (alarm.isHeldBack() || outcome === 'later') drain.wake();
    },
    close: async () => {
      leave();
      await Promise.all([drain.close(), listener.close()]);
      alarm.end();
      // What this relay alone was notified of, and did not publish any more.
      ledger.notifier.notify();
    },
  };
}

const routeTo =
  (onMessages: () => void, { onDeliveries, onHub, onBulk }: Pick<RelayOptions, 'onDeliveries' | 'onHub' | 'onBulk'>) =>
  (subject: NotificationSubject | 'all'): void => {
    const isAbout = (one: NotificationSubject): boolean => subject === one || subject === 'all';
    if (isAbout('')) onMessages();
    if (isAbout('deliveries')) onDeliveries?.();
    if (isAbout('hub')) onHub?.();
    if (isAbout('bulk')) onBulk?.();
  };

/** When the relay looks again: of itself, and where it was woken. */
function createAlarm(wake: () => void) {
  let publishedAtMs = Number.NEGATIVE_INFINITY;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let isHeldBack = false;
  let timer: NodeJS.Timeout | undefined;
  const lookIn = (waitMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(wake, Math.max(waitMs, shortestWaitMs));
  };
  return {
    /** Whether the last look left messages that wait for calls of their tenants. */
    isHeldBack: () => isHeldBack,
    gathered: (): Promise<void> | null => {
      const waitMs = isHeldBack ? lookedAtMs + gatherMs - performance.now() : 0;
      return waitMs > 0 ? sleep(waitMs) : null;
    },
    afterFailure: () => lookIn(pollEveryMs),
    after: ({ published, againInMs, heldBack }: Published): void => {
      lookedAtMs = performance.now();
      isHeldBack = heldBack.size > 0;
      if (published > 0) publishedAtMs = lookedAtMs;
      // What is held back waits for jobs of other workers too, which do not notify this one when they end.
      const isQuiet = !isHeldBack && lookedAtMs - publishedAtMs > quietAfterMs;
      const pollMs = isQuiet ? quietPollEveryMs : pollEveryMs;
      lookIn(Math.min(againInMs ?? pollMs, pollMs));
    },
    end: () => clearTimeout(timer),
  };
}

async function publish(queues: ReadonlyMap<QueueName, JobQueue>, messages: readonly PublishedMessage[]): Promise<void> {
  for (const [queueName, queue] of queues) {
    const jobs = messages
      .filter(({ step }) => findStep(step)?.queue === queueName)
      .map((message) => ({
        name: message.step,
        id: jobIdOf(message),
        data: { subjectId: message.subjectId, dispatchId: message.dispatchId },
        priority: jobPriority(message),
      }));
    if (jobs.length > 0) await queue.add(jobs);
  }
}

/** Keeps a connection that LISTENs, and connects again when it breaks. */
function listen(
  databaseUrl: string,
  onError: (error: unknown) => void,
  onNotified: (subject: NotificationSubject | 'all') => void,
): { close: () => Promise<void> } {
  let client: Client | null = null;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  const reconnect = (): void => {
    client = null;
    if (!closed) retry = setTimeout(() => void connect(), pollEveryMs);
  };
  const connect = async (): Promise<void> => {
    const next = createClient({ databaseUrl, use: 'job', applicationName: 'keycourier-relay' });
    client = next;
    next.on('error', onError);
    next.on('end', reconnect);
    next.on('notification', ({ payload }: Notification) =>
      onNotified(otherSubjects.find((subject) => subject === payload) ?? ''),
    );
    try {
      await next.connect();
      await next.query('listen keycourier_outbox');
      // What was notified while there was no listener.
      onNotified('all');
    } catch (error) {
      onError(error);
      await next.end().catch(() => undefined);
    }
  };
  void connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
