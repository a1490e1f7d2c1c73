import { anyCaller, type Caller, type OktaLimitState } from '@keycourier/connectors/okta/rate-limits';
import type { Service } from '@keycourier/journey/ports/errors';
import type { MayFollow } from '@keycourier/journey/ports/pace';
import { callsOf } from '@keycourier/journey/steps/calls';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { recordLimits } from '@keycourier/ledger/outbox/budgets';
import { urgencyOf } from '@keycourier/ledger/outbox/pace';
import type { Published } from '@keycourier/ledger/outbox/publish-due';

import { createKnownLimits } from './known-limits.ts';

/** What this process finds out about the limits of services, and records in the ledger for all relays. */
export interface Pace {
  /** Runs a job, and counts its calls to Okta; `step` and `priority` are those of the message that made it. */
  run: <Result>(job: { step: string; priority: number }, work: (job: PacedJob) => Promise<Result>) => Promise<Result>;
  mayFollow: MayFollow;
  /** An answer of Okta said what is left of a limit. */
  onOktaLimit: (state: OktaLimitState) => void;
  /** A service refuses all calls of the tenant for this time. */
  onLimited: (tenant: string, service: Service, retryAfterMs: number) => void;
  /** This process has looked at the outbox. */
  onLook: (found: Pick<Published, 'heldBack' | 'budgets' | 'uncharged'>) => void;
  /** Records what is not recorded yet. */
  close: () => Promise<void>;
}

export interface PacedJob {
  /** The job, to the connectors; while a step follows, that step. */
  caller: Caller;
  /** Runs a step that follows in the job. It was not charged when it started: all of its calls count. */
  follow: <Result>(step: { priority: number }, work: () => Promise<Result>) => Promise<Result>;
}

/** What is worth recording is recorded together, at most so often. */
const recordEveryMs = 250;

/** Okta's limits are per minute. */
const oktaWindowMs = 60_000;

export function createPace({ ledger, onError }: { ledger: Ledger; onError: (error: unknown) => void }): Pace {
  const limits = createKnownLimits((tenant) => ledger.rateLimitShare(tenant));
  const recorder = startRecorder(async () => limits.read(await recordLimits(ledger, limits.take())), onError);
  let heldBack: Published['heldBack'] = new Map();
  return {
    run: counting((job, made) => {
      if (limits.ended(job, made)) recorder.soon();
    }),
    mayFollow: ({ tenant, step, after, priority }) => {
      const waiting = heldBack.get(tenant) ?? Number.POSITIVE_INFINITY;
      const isInTurn = after === null ? waiting > priority : waiting >= priority && callsNoOther(step, after);
      return isInTurn && limits.areAmple({ tenant, step });
    },
    onOktaLimit: ({ tenant, limit, ...answer }) => {
      const windowMs = Math.max(oktaWindowMs, answer.resetsInMs);
      if (limits.answered({ tenant, service: 'okta', rateLimit: limit }, { windowMs, ...answer })) recorder.soon();
    },
    onLimited: (tenant, service, resetsInMs) => {
      const answer = { calls: 0, remaining: 0, resetsInMs, windowMs: resetsInMs };
      if (limits.answered({ tenant, service, rateLimit: '' }, answer)) recorder.soon();
    },
    onLook: (found) => {
      heldBack = found.heldBack;
      limits.read(found.budgets);
      if (limits.started(found.uncharged)) recorder.soon();
    },
    close: recorder.close,
  };
}

/** Each step of a job is counted alone: while one that follows runs, the job's calls are that one's. */
function counting(
  onEnded: (step: { tenant: string; step: string; priority: number }, made: readonly string[]) => void,
): Pace['run'] {
  const count = async <Result>(
    caller: Caller,
    { step, priority }: { step: string; priority: number },
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const calls = new Map<string, string[]>();
    const before = { ...caller };
    caller.urgency = urgencyOf(priority);
    caller.onCall = ({ tenant, limit }) => void calls.set(tenant, [...(calls.get(tenant) ?? []), limit]);
    try {
      return await work();
    } finally {
      Object.assign(caller, before);
      for (const [tenant, made] of calls) onEnded({ tenant, step, priority }, made);
    }
  };
  return (job, work) => {
    const caller = { ...anyCaller };
    const follow: PacedJob['follow'] = ({ priority }, next) => count(caller, { step: '', priority }, next);
    return count(caller, job, () => work({ caller, follow }));
  };
}

/** The steps that call these beside others run in a stage that has no more places than a tenant may have calls there. */
const callsOfFew: readonly Service[] = ['hris', 'mail'];

const callsNoOther = (step: string, after: string): boolean => {
  const places = callsOf(after).services;
  // Each step that calls the hub calls Okta too, by whose places it is counted.
  const known = [...places, ...callsOfFew, ...(places.includes('okta') ? ['hub'] : [])];
  return callsOf(step).services.every((service) => known.includes(service));
};

function startRecorder(
  record: () => Promise<void>,
  onError: (error: unknown) => void,
): { soon: () => void; close: () => Promise<void> } {
  let timer: NodeJS.Timeout | null = null;
  let recording = Promise.resolve();
  const start = (): void => {
    timer = null;
    recording = recording.then(record).catch(onError);
  };
  return {
    soon: () => {
      timer ??= setTimeout(start, recordEveryMs);
    },
    close: async () => {
      if (timer !== null) {
        clearTimeout(timer);
        start();
      }
      await recording;
    },
  };
}
