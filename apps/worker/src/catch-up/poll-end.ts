import type { CatchUpSettings } from '@keycourier/config/catch-up';
import { lacksScope } from '@keycourier/connectors/okta/read-hook';
import type { ConnectorError } from '@keycourier/journey/ports/errors';
import { retryAfterMs } from '@keycourier/journey/steps/backoff';
import type { PollEnd, PollState } from '@keycourier/ledger/catch-up/claim-poll';
import { recoveryLimits } from '@keycourier/ledger/outages/limits';

import type { SweepEnd } from './poll-log.ts';

/** The longest wait for a log that cannot be read, unless Okta asks for more or polls are further apart. */
const longestWaitMs = 60_000;

/** When a tenant is polled again after a sweep. */
export function endOfSweep(sweep: SweepEnd, { every }: CatchUpSettings): PollEnd {
  switch (sweep.end) {
    case 'log_end':
      return { dueInMs: every, blockedMs: 0, problem: null };
    case 'more':
      return { dueInMs: 0, blockedMs: 0, problem: null };
    case 'paced':
      return { dueInMs: 0, blockedMs: sweep.afterMs, problem: null };
    case 'foreign_link': {
      const detail =
        'the next link of the log leads to another address: set okta.orgUrl to the address that Okta names';
      return { dueInMs: every, blockedMs: 0, problem: { code: 'foreign_link', detail } };
    }
  }
}

/** When a tenant is polled again after a failed call. A start polls at once: new credentials come with one. */
export function endOfFailure(error: ConnectorError, state: PollState, { every }: CatchUpSettings): PollEnd {
  const code = problemOf(error);
  const problem = { code, detail: error.message };
  const longMs = Math.max(every, longestWaitMs);
  switch (code) {
    case 'rate_limited': {
      const blockedMs = error.retryAfterMs ?? longestWaitMs;
      return { dueInMs: blockedMs, blockedMs, problem };
    }
    case 'unanswered': {
      // As often as a step that waits for Okta: what the hook missed meanwhile waits too.
      const atMostMs = error.retryAfterMs === null ? recoveryLimits.probeEveryMs : longMs;
      return { dueInMs: Math.min(retryAfterMs(error, state.failures + 1), atMostMs), blockedMs: 0, problem };
    }
    case 'unauthorized':
    case 'missing_scope':
    case 'foreign_link':
    case 'refused':
      return { dueInMs: longMs, blockedMs: 0, problem };
  }
}

function problemOf(error: ConnectorError): NonNullable<PollEnd['problem']>['code'] {
  if (error.fault === 'rate_limited') return 'rate_limited';
  if (lacksScope(error)) return 'missing_scope';
  if (error.fault === 'unauthorized') return 'unauthorized';
  return error.fault === 'refused' || error.fault === 'not_found' ? 'refused' : 'unanswered';
}
