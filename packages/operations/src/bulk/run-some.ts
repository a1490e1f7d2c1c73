import { checkAddress } from '@keycourier/address/check-address';
import { isUnavailable } from '@keycourier/http/answer-failure';
import type { Shipment } from '@keycourier/journey/model/shipment';
import {
  decideInBulk,
  isMoving,
  judgeInBulk,
  seenInBulk,
  sendsPins,
  type BulkRules,
  type BulkVerdict,
  type OutCode,
} from '@keycourier/journey/requests/bulk-actions';
import type { Anchor } from '@keycourier/ledger/audit/entry';
import { recordAudit } from '@keycourier/ledger/audit/record-audit';
import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import {
  leaseBulkAction,
  endBulkAction,
  endBulkLease,
  endDryRun,
  readBulkWork,
  saveBulkResult,
  saveJudgements,
  type BulkJudgement,
  type BulkLease,
  type BulkWork,
} from '@keycourier/ledger/bulk/work-on-bulk';
import { inTransaction, type Ledger } from '@keycourier/ledger/connect-ledger';
import type { BulkOutcome } from '@keycourier/ledger/console-tables';
import { LedgerError } from '@keycourier/ledger/errors';
import { claimHold, snoozeHold } from '@keycourier/ledger/holds/claims';

import { applyAction, type Applied } from '../apply-action.ts';
import { handOf } from '../hands.ts';
import { auditActionOf, isAccessLeft } from './access.ts';

/** Shipments of a lease: a few, so that another tenant waits for no more than their time. */
const judgedAtOnce = 100;
const appliedAtOnce = 25;

export interface BulkWorker {
  ledger: Ledger;
  /** Whether the tenant permits corrections now: keycourier.yaml may have changed since the action was made. */
  permitsCorrections: (tenant: string) => boolean;
  onRecorded: (tenant: string, anchor: Anchor | null) => void;
  /** One of ours, with the shipment that it concerns; the action goes on with the next one. */
  onFault: (error: unknown, about: { bulkId: string; shipmentId: string }) => void;
}

/**
 * Checks or applies an action on a filter for some of its shipments. What it is about is read from the ledger each time, so
 * any worker goes on where another one ended, also where that was killed.
 * @returns whether there was anything to do
 */
export async function runSomeInBulk(worker: BulkWorker): Promise<boolean> {
  const { ledger } = worker;
  const lease = await leaseBulkAction(ledger);
  if (lease === null) return false;
  try {
    const ruled = { ...worker, rules: await rulesOf(worker, lease.bulk) };
    await (lease.bulk.state === 'checking' ? checkSome(ruled, lease) : applySome(ruled, lease));
  } finally {
    await endBulkLease(ledger, lease);
  }
  return true;
}

interface RuledWorker extends BulkWorker {
  rules: BulkRules;
}

async function checkSome(worker: RuledWorker, { bulk }: BulkLease): Promise<void> {
  const { ledger } = worker;
  const work = await readBulkWork(ledger, bulk.id, { outcome: 'unjudged', limit: judgedAtOnce });
  if (work.length > 0)
    await saveJudgements(
      ledger,
      bulk.id,
      work.map((one) => judge(worker, bulk, one)),
    );
  if (work.length < judgedAtOnce) await endDryRun(ledger, bulk.id);
}

/** For one lease: whose keys there are may change meanwhile. */
async function rulesOf({ ledger }: BulkWorker, { tenant, action, hand }: BulkAction): Promise<BulkRules> {
  const isCompared = hand !== null && sendsPins(action);
  return { hand: isCompared ? await handOf(ledger, tenant, hand) : null, checkAddress };
}

function judge(worker: RuledWorker, bulk: BulkAction, { position, shipment }: BulkWork): BulkJudgement {
  const { ledger } = worker;
  if (shipment === null) return { position, outcome: 'out', code: 'erased', seen: null };
  if (isForbidden(worker, bulk)) return { position, outcome: 'out', code: 'overrides_forbidden', seen: null };
  const verdict = judgeInBulk(shipment, bulk.action, worker.rules);
  const seen = seenIndex(ledger, bulk, shipment);
  return { position, ...outcomeOf(verdict, 'out'), seen };
}

const isForbidden = ({ permitsCorrections }: BulkWorker, { action, tenant }: BulkAction): boolean =>
  action === 'accept-correction' && !permitsCorrections(tenant);

const seenIndex = ({ sealing }: Ledger, { action }: BulkAction, shipment: Shipment): string =>
  sealing.blindIndex(JSON.stringify(['bulk-seen', shipment.id, seenInBulk(shipment, action)]));

function outcomeOf(verdict: BulkVerdict, no: 'out' | 'refused'): { outcome: BulkOutcome; code: OutCode | null } {
  switch (verdict.outcome) {
    case 'in':
      return { outcome: 'in', code: null };
    case 'unchanged':
      return { outcome: 'unchanged', code: null };
    case 'out':
      return { outcome: no, code: verdict.code };
  }
}

async function applySome(worker: RuledWorker, { bulk }: BulkLease): Promise<void> {
  const { ledger } = worker;
  if (bulk.stopRequested !== null) {
    await endBulkAction(ledger, bulk.id);
    return;
  }
  if (!(await isAccessLeft(ledger, bulk))) {
    await endBulkAction(ledger, bulk.id, 'access_ended');
    return;
  }
  const work = await readBulkWork(ledger, bulk.id, { outcome: 'in', limit: appliedAtOnce });
  for (const one of work) if (!(await applyOne(worker, bulk, one))) return;
  if (work.length < appliedAtOnce) await endBulkAction(ledger, bulk.id);
}

/** @returns false where the rest is for another lease */
async function applyOne(worker: RuledWorker, bulk: BulkAction, work: BulkWork): Promise<boolean> {
  const { ledger, onFault } = worker;
  const of = { bulkId: bulk.id, position: work.position };
  try {
    const result = await apply(worker, bulk, work);
    if (result !== null) await saveBulkResult(ledger, { ...of, ...result });
    return true;
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'bulk_item_taken') return false;
    if (isUnavailable(error)) throw error;
    onFault(error, { bulkId: bulk.id, shipmentId: work.shipmentId });
    await saveBulkResult(ledger, { ...of, outcome: 'failed', code: 'fault' });
    return true;
  }
}

interface Result {
  outcome: BulkOutcome;
  code: OutCode | null;
}

/** @returns null where the result is written with the effect */
async function apply(worker: RuledWorker, bulk: BulkAction, work: BulkWork): Promise<Result | null> {
  const { shipment, seen } = work;
  const { ledger } = worker;
  if (shipment === null) return { outcome: 'refused', code: 'erased' };
  if (isForbidden(worker, bulk)) return { outcome: 'refused', code: 'overrides_forbidden' };
  if (seenIndex(ledger, bulk, shipment) !== seen) return { outcome: 'refused', code: 'changed_since' };
  return isMoving(bulk.action) ? applyMoving(worker, bulk, work) : applyToHold(worker, bulk, work);
}

const actOf = ({ id, actor, action, reason, requestId }: BulkAction) => ({
  actor,
  action: auditActionOf[action],
  reason,
  requestId,
  detail: { bulk: id },
});

async function applyMoving(
  { ledger, onRecorded, rules }: RuledWorker,
  bulk: BulkAction,
  { position, shipmentId, seen }: BulkWork,
): Promise<Result | null> {
  const { action } = bulk;
  if (!isMoving(action)) return null;
  const decide = decideInBulk(action, rules);
  const applied = await applyAction(ledger, shipmentId, {
    act: actOf(bulk),
    decide: (current) =>
      // Between the read and the write, too.
      seenIndex(ledger, bulk, current) === seen ? decide(current) : { outcome: 'refused', code: 'shipment_held' },
    alongside: (tx) => saveBulkResult({ ...ledger, db: tx }, { bulkId: bulk.id, position, outcome: 'done' }),
  });
  if ('recorded' in applied) onRecorded(bulk.tenant, applied.recorded);
  if (applied.outcome !== 'applied' && seenIndex(ledger, bulk, applied.shipment) !== seen)
    return { outcome: 'refused', code: 'changed_since' };
  return resultOf(applied);
}

function resultOf(applied: Applied): Result | null {
  switch (applied.outcome) {
    case 'applied':
      return applied.recorded === null ? { outcome: 'unchanged', code: null } : null;
    case 'refused':
      return { outcome: 'refused', code: applied.code === 'second_hand_needed' ? applied.because : applied.code };
    case 'duplicate':
    case 'changed_meanwhile':
      return { outcome: 'refused', code: applied.outcome };
  }
}

const dayMs = 86_400_000;

/** A claim or a snooze, with its audit entry and its result, or none of it. */
async function applyToHold(
  { ledger, onRecorded }: BulkWorker,
  bulk: BulkAction,
  { position, shipmentId }: BulkWork,
): Promise<Result | null> {
  const { tenant, actor } = bulk;
  const by = { tenant, shipmentId, operator: actor.id };
  const { isDone, anchor } = await inTransaction(ledger.db, async (db) => {
    const inside = { ...ledger, db };
    const until = new Date(ledger.now().getTime() + (bulk.snoozeDays ?? 1) * dayMs);
    const done =
      bulk.action === 'claim'
        ? (await claimHold(inside, by, { takeOver: true })) === 'done'
        : await snoozeHold(inside, by, until);
    if (!done) return { isDone: false, anchor: null };
    await saveBulkResult(inside, { bulkId: bulk.id, position, outcome: 'done' });
    const subject = { kind: 'shipment', id: shipmentId };
    return { isDone: true, anchor: await recordAudit(inside, { ...actOf(bulk), tenant, subject }) };
  });
  onRecorded(tenant, anchor);
  return isDone ? null : { outcome: 'refused', code: 'not_held' };
}
