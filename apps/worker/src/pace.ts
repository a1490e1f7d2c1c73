import type { OktaLimitState } from '@keycourier/connectors/okta/rate-limits';
import { withUrgency } from '@keycourier/connectors/urgency';
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
  /**
   * Runs a job, and counts its calls to Okta; `step` and `priority` are those of the message that made it. A step that follows
   * in a job was not charged when it started: all of its calls count.
   */
  run: <Result>(
    job: { step: string; priority: number; isFollowing?: boolean },
    work: () => Promise<Result>,
  ) => Promise<Result>;
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

/** What is worth recording is recorded together, at most so often. */
const recordEveryMs = 250;

/** Okta's limits are per minute. */
const oktaWindowMs = 60_000;

export function createPace({ ledger, onError }: { ledger: Ledger; onError: (error: unknown) => void }): Pace {
  const limits = createKnownLimits((tenant) => ledger.rateLimitShare(tenant));
  const recorder = startRecorder(async () => limits.read(await recordLimits(ledger, limits.take())), onError);
  let heldBack: Published['heldBack'] = new Map();
  return {
    run: async ({ step: name, priority, isFollowing }, work) => {
      const step = isFollowing === true ? '' : name;
      const calls = new Map<string, string[]>();
      const onCall = ({ tenant, limit }: { tenant: string; limit: string }): void =>
        void calls.set(tenant, [...(calls.get(tenant) ?? []), limit]);
      try {
        return await withUrgency(urgencyOf(priority), work, onCall);
      } finally {
        for (const [tenant, made] of calls) if (limits.ended({ tenant, step, priority }, made)) recorder.soon();
      }
    },
    mayFollow: ({ tenant, step, after, priority }) => {
      const waiting = heldBack.get(tenant) ?? Number.POSITIVE_INFINITY;
      const isInTurn = after === null ? waiting > priority : waiting >= priority && callsNoOther(step, after);
      return isInTurn && limits.areAmple({ tenant, step });
    },
    onOktaLimit: ({ tenant, limit, ...answer }) => {
      const windowMs = Math.max(oktaWindowMs, answer.resetsInMs);
      if (limits.answered({ tenant, service: 'okta', rateLimit: limit }, { ...answer, windowMs })) recorder.soon();
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
