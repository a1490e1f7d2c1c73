import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { publishDue, type OutboxMessage } from '@keycourier/ledger/outbox/publish-due';
import type { JobQueue } from '@keycourier/queues/backend';
import { jobIdOf, queueOf, type QueueName } from '@keycourier/queues/job';
import { Client } from 'pg';

export interface Relay {
  close: () => Promise<void>;
}

const batchSize = 500;
const pollEveryMs = 1_000;

/**
 * Brings knocks from the ledger to the queues: at once when a transaction says so (LISTEN), and every second in case
 * nobody said so. A store that is away costs nothing but time: the knocks stay where they are.
 */
export function startRelay(options: {
  ledger: Ledger;
  databaseUrl: string;
  queues: ReadonlyMap<QueueName, JobQueue>;
  onError: (error: unknown) => void;
}): Relay {
  const { ledger, queues, onError } = options;
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;

  const drain = async (): Promise<void> => {
    do {
      again = false;
      while ((await publishDue(ledger, batchSize, (messages) => publish(queues, messages))) === batchSize && !closed);
    } while (again && !closed);
  };
  const wake = (): void => {
    again = true;
    if (closed || running !== null) return;
    running = drain()
      .catch(onError)
      .finally(() => {
        running = null;
      });
  };
  const timer = setInterval(wake, pollEveryMs);
  const listener = listen(options.databaseUrl, wake, onError);
  wake();
  return {
    close: async () => {
      closed = true;
      clearInterval(timer);
      await listener.close();
      await running;
    },
  };
}

async function publish(queues: ReadonlyMap<QueueName, JobQueue>, messages: readonly OutboxMessage[]): Promise<void> {
  for (const [queueName, queue] of queues) {
    const jobs = messages
      .filter(({ step }) => queueOf(step) === queueName)
      .map((message) => ({
        name: message.step,
        id: jobIdOf(message),
        data: { subjectId: message.subjectId, dispatchId: message.dispatchId },
        priority: message.priority,
      }));
    if (jobs.length > 0) await queue.add(jobs);
  }
}

/** Keeps a connection that LISTENs, and makes a new one when it breaks. */
function listen(
  databaseUrl: string,
  onNotice: () => void,
  onError: (error: unknown) => void,
): { close: () => Promise<void> } {
  let client: Client | null = null;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  const reconnect = (): void => {
    client = null;
    if (!closed) retry = setTimeout(() => void connect(), pollEveryMs);
  };
  const connect = async (): Promise<void> => {
    const next = new Client({ connectionString: databaseUrl, keepAlive: true });
    client = next;
    next.on('error', onError);
    next.on('end', reconnect);
    next.on('notification', onNotice);
    try {
      await next.connect();
      await next.query('listen keycourier_outbox');
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
