import type { CatchUpSettings } from '@keycourier/config/catch-up';
import type { ReadHookState } from '@keycourier/connectors/okta/read-hook';
import type { SystemLog } from '@keycourier/connectors/okta/system-log';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import {
  claimPoll,
  releasePoll,
  renewPoll,
  type PollEnd,
  type Poller,
  type PollState,
} from '@keycourier/ledger/catch-up/claim-poll';
import { forgetPosition } from '@keycourier/ledger/catch-up/record-log-page';
import { recordHookStatus, takeCapWarning } from '@keycourier/ledger/catch-up/watch-hook';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { LedgerError } from '@keycourier/ledger/errors';

import { holdLease, LeaseLostError } from '../hold-lease.ts';
import { endOfFailure, endOfSweep } from './poll-end.ts';
import { pollLog, type Polled } from './poll-log.ts';

/** What a poll reports to operators and metrics. */
export interface CatchUpReports {
  onPolled: (tenant: string, polled: Polled) => void;
  /** The log cannot be read, for another reason than before. */
  onProblem: (tenant: string, problem: NonNullable<PollEnd['problem']>) => void;
  onRecovered: (tenant: string) => void;
  onNearCap: (tenant: string, delivered: number) => void;
  onError: (error: unknown) => void;
}

export interface CatchUp {
  ledger: Ledger;
  log: SystemLog;
  readHook: ReadHookState;
  settingsOf: (tenant: string) => CatchUpSettings;
  /** This process among the workers of a fleet. */
  worker: string;
  leaseMs: number;
  reports: CatchUpReports;
  isStopping: () => boolean;
}

export interface PollOptions {
  tenant: string;
  /** The first poll of a process. */
  atOnce: boolean;
  /** Whether the overlap was so short at the last poll that it is read at each. */
  isOverlapShort: boolean;
}

/** @returns until the tenant's next poll, and how long the overlap was, where it was read */
export async function pollTenant(
  catchUp: CatchUp,
  options: PollOptions,
): Promise<{ waitMs: number; overlapPages: number | null }> {
  const { ledger } = catchUp;
  const settings = catchUp.settingsOf(options.tenant);
  await warnNearCap(catchUp, options.tenant);
  if (!settings.enabled) {
    await forgetPosition(ledger, options.tenant);
    return { waitMs: settings.every, overlapPages: null };
  }
  const poller = { tenant: options.tenant, worker: catchUp.worker, leaseMs: catchUp.leaseMs };
  const claimedAtMs = performance.now();
  const claim = await claimPoll(ledger, poller, { atOnce: options.atOnce });
  if (claim.outcome === 'waiting') return { waitMs: Math.min(claim.afterMs, settings.every), overlapPages: null };
  const lease = holdLease({
    leaseMs: poller.leaseMs,
    claimedAtMs,
    renew: () => renewPoll(ledger, poller),
    onError: catchUp.reports.onError,
  });
  try {
    return await pollUnderLease(catchUp, { options, poller, state: claim.state, confirmLease: lease.confirm });
  } catch (error) {
    // Another worker polls, and has all that this one committed.
    if (error instanceof LeaseLostError || isLeaseLost(error)) return { waitMs: settings.every, overlapPages: null };
    throw error;
  } finally {
    lease.end();
  }
}

const isLeaseLost = (error: unknown): boolean => error instanceof LedgerError && error.code === 'lease_lost';

async function pollUnderLease(
  catchUp: CatchUp,
  {
    options,
    poller,
    state,
    confirmLease,
  }: { options: PollOptions; poller: Poller; state: PollState; confirmLease: () => Promise<void> },
): Promise<{ waitMs: number; overlapPages: number | null }> {
  const { ledger, reports } = catchUp;
  const { tenant } = poller;
  const settings = catchUp.settingsOf(tenant);
  await checkHook(catchUp, { tenant, state, options, confirmLease });
  const { end, polled } = await poll(catchUp, { options, poller, state, confirmLease });
  await releasePoll(ledger, poller, end);
  if (polled !== null) reports.onPolled(tenant, polled);
  if (end.problem !== null && end.problem.code !== state.problem) reports.onProblem(tenant, end.problem);
  if (end.problem === null && state.problem !== null) reports.onRecovered(tenant);
  const overlapPages = polled?.overlapPages ?? null;
  return { waitMs: Math.min(Math.max(end.dueInMs, end.blockedMs), Math.max(settings.every, 60_000)), overlapPages };
}

async function poll(
  { ledger, log, settingsOf, isStopping }: CatchUp,
  {
    options,
    poller,
    state,
    confirmLease,
  }: { options: PollOptions; poller: Poller; state: PollState; confirmLease: () => Promise<void> },
): Promise<{ end: PollEnd; polled: Polled | null }> {
  const settings = settingsOf(poller.tenant);
  const isOverlapDue = options.isOverlapShort || isHalfOver(state.overlapReadAt, settings.overlap, ledger.now());
  try {
    const polled = await pollLog({
      ledger,
      log,
      poller,
      settings,
      state,
      isOverlapDue,
      now: ledger.now,
      isStopping,
      confirmLease,
    });
    return { end: endOfSweep(polled.sweep, settings), polled };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { end: endOfFailure(error, state, settings), polled: null };
  }
}

/** A long overlap is read twice for each span of its length: nothing late is missed, at twice the calls. */
const isHalfOver = (readAt: Date | null, overlapMs: number, now: Date): boolean =>
  readAt === null || now.getTime() - readAt.getTime() >= overlapMs / 2;

const checkHookEveryMs = 10 * 60_000;

/** The org is asked for the hook's state at the start of a process and from time to time. No failure of this ends a poll. */
async function checkHook(
  { ledger, readHook, settingsOf }: CatchUp,
  {
    tenant,
    state,
    options,
    confirmLease,
  }: { tenant: string; state: PollState; options: PollOptions; confirmLease: () => Promise<void> },
): Promise<void> {
  const everyMs = Math.min(checkHookEveryMs, settingsOf(tenant).every * 10);
  const isDue = state.hookCheckedAt === null || ledger.now().getTime() - state.hookCheckedAt.getTime() >= everyMs;
  if (!isDue && !options.atOnce) return;
  await confirmLease();
  try {
    await recordHookStatus(ledger, tenant, { status: await readHook(tenant), problem: null });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    await recordHookStatus(ledger, tenant, { status: 'unknown', problem: error.message });
  }
}

async function warnNearCap({ ledger, reports }: CatchUp, tenant: string): Promise<void> {
  const delivered = await takeCapWarning(ledger, tenant);
  if (delivered !== null) reports.onNearCap(tenant, delivered);
}
