import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { protectEvents } from '@keycourier/ledger/events/protect-events';
import { resealAll } from '@keycourier/ledger/reseal';
import { eraseAuditDetails, eraseOperators } from '@keycourier/ledger/retention/erase-audit-details';
import { eraseBatchSubjects } from '@keycourier/ledger/retention/erase-batch-subjects';
import { eraseBulkActions } from '@keycourier/ledger/retention/erase-bulk-actions';
import { eraseDeliveries, eraseEventBodies } from '@keycourier/ledger/retention/erase-event-bodies';
import { eraseIdempotencyKeys } from '@keycourier/ledger/retention/erase-idempotency-keys';
import { erasePeople, eraseScimFailures } from '@keycourier/ledger/retention/erase-people';
import { erasePersonalData } from '@keycourier/ledger/retention/erase-personal-data';
import { eraseMirrors, eraseRegistrations } from '@keycourier/ledger/retention/erase-registrations';
import { cutOffs, type Part, type Retention } from '@keycourier/ledger/retention/policy';

/** A kind of data that is erased, as the metric names it. */
export type Erasable =
  | 'event_ids'
  | 'personal_data'
  | 'batch_subjects'
  | 'registrations'
  | 'hub_people'
  | 'event_bodies'
  | 'deliveries'
  | 'idempotency_keys'
  | 'directory_people'
  | 'scim_failures'
  | 'audit_details'
  | 'operators'
  | 'bulk_actions';

interface Options {
  ledger: Ledger;
  retentions: Readonly<Record<string, Retention>>;
  idempotencyHours: number;
  everyMs: number;
  onErased: (what: Erasable, rows: number) => void;
  /** Values that were sealed again with the active key. */
  onResealed: (values: number) => void;
  onError: (error: unknown) => void;
}

/** Rows that one transaction erases, so that none is locked for long. */
const chunk = 500;

/** Smaller: each value is a statement of its own, and steps of the locked shipments wait. */
const resealChunk = 50;

/**
 * Erases data whose retention ended (invariant 6), at the start and every `everyMs`, and seals again what a former sealing
 * key sealed. Any number of workers may do it: each
 * row is erased by one of them.
 */
export function startErasing(options: Options): { close: () => Promise<void> } {
  let closed = false;
  let running: Promise<void> | null = null;
  const run = (): void => {
    running ??= erase(options, () => closed)
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

/** Each call goes on behind the last row of the one before. */
function inParts(eraseSome: (part: Part) => Promise<readonly string[]>): (limit: number) => Promise<number> {
  let after = '';
  return async (limit) => {
    const ids = await eraseSome({ after, limit });
    after = ids.at(-1) ?? after;
    return ids.length;
  };
}

async function erase(
  { ledger, retentions, idempotencyHours, onErased, onResealed }: Options,
  isClosed: () => boolean,
): Promise<void> {
  const eraseAll = async (what: Erasable, eraseSome: (limit: number) => Promise<number>): Promise<void> => {
    for (let rows = chunk; rows === chunk && !isClosed();) {
      rows = await eraseSome(chunk);
      if (rows > 0) onErased(what, rows);
    }
  };
  const now = ledger.now();
  const personalData = cutOffs(retentions, 'personalDataDays', now);
  const eventBodies = cutOffs(retentions, 'eventBodyDays', now);
  const auditDetails = cutOffs(retentions, 'auditDays', now);
  const idempotencyKeys = new Date(now.getTime() - idempotencyHours * 3_600_000);
  // What versions before 0006_events kept in clear; nothing is left to do once all of it is stored anew.
  await eraseAll('event_ids', (limit) => protectEvents(ledger, limit));
  await eraseAll(
    'personal_data',
    inParts((part) => erasePersonalData(ledger, personalData, part)),
  );
  await eraseAll('batch_subjects', (limit) => eraseBatchSubjects(ledger, personalData, limit));
  await eraseAll('bulk_actions', (limit) => eraseBulkActions(ledger, personalData, limit));
  await eraseAll('directory_people', (limit) => erasePeople(ledger, personalData, limit));
  await eraseAll('scim_failures', (limit) => eraseScimFailures(ledger, personalData, limit));
  await eraseAll('registrations', (limit) => eraseRegistrations(ledger, personalData, limit));
  await eraseAll('hub_people', (limit) => eraseMirrors(ledger, personalData, limit));
  await eraseAll(
    'event_bodies',
    inParts((part) => eraseEventBodies(ledger, eventBodies, part)),
  );
  await eraseAll('deliveries', (limit) => eraseDeliveries(ledger, eventBodies, limit));
  await eraseAll('idempotency_keys', (limit) => eraseIdempotencyKeys(ledger, idempotencyKeys, limit));
  await eraseAll('audit_details', (limit) => eraseAuditDetails(ledger, auditDetails, limit));
  await eraseAll('operators', (limit) => eraseOperators(ledger, auditDetails, limit));
  // Last: what is erased need not be sealed again.
  const resealed =
    ledger.sealing.keys.length > 1 ? await resealAll(ledger, { chunk: resealChunk, isStopped: isClosed }) : 0;
  if (resealed > 0) onResealed(resealed);
}
