import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { eraseBatchSubjects } from '@keycourier/ledger/retention/erase-batch-subjects';
import { eraseEventBodies } from '@keycourier/ledger/retention/erase-event-bodies';
import { eraseIdempotencyKeys } from '@keycourier/ledger/retention/erase-idempotency-keys';
import { erasePersonalData } from '@keycourier/ledger/retention/erase-personal-data';
import { cutOffs, type Retention } from '@keycourier/ledger/retention/policy';

/** What is erased, by the name that it is counted under. */
export type Erasable = 'personal_data' | 'batch_subjects' | 'event_bodies' | 'idempotency_keys';

/** Rows that one transaction erases, so that none is locked for long. */
const chunk = 500;

/**
 * Erases, at the start and every so often, what was kept long enough (invariant 6). Any number of workers may do it:
 * each row is erased by one of them.
 */
export function startErasing(options: {
  ledger: Ledger;
  retentions: Readonly<Record<string, Retention>>;
  idempotencyHours: number;
  everyMs: number;
  onErased: (what: Erasable, rows: number) => void;
  onError: (error: unknown) => void;
}): { close: () => Promise<void> } {
  const { ledger, retentions, idempotencyHours } = options;
  let closed = false;
  let running: Promise<void> | null = null;
  const all = async (what: Erasable, eraseSome: (limit: number) => Promise<number>): Promise<void> => {
    let rows = chunk;
    while (rows === chunk && !closed) {
      rows = await eraseSome(chunk);
      if (rows > 0) options.onErased(what, rows);
    }
  };
  const erase = async (): Promise<void> => {
    const now = ledger.now();
    const ended = cutOffs(retentions, 'personalDataDays', now);
    const settled = cutOffs(retentions, 'eventBodyDays', now);
    const answered = new Date(now.getTime() - idempotencyHours * 3_600_000);
    await all('personal_data', (limit) => erasePersonalData(ledger, ended, limit));
    await all('batch_subjects', (limit) => eraseBatchSubjects(ledger, ended, limit));
    await all('event_bodies', (limit) => eraseEventBodies(ledger, settled, limit));
    await all('idempotency_keys', (limit) => eraseIdempotencyKeys(ledger, answered, limit));
  };
  const run = (): void => {
    running ??= erase()
      .catch(options.onError)
      .finally(() => {
        running = null;
      });
  };
  const timer = setInterval(run, options.everyMs);
  run();
  return {
    close: async () => {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}
