import { comparisonSteps, type ComparisonPort } from '@keycourier/journey/ports/hub-comparisons';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { hasUnread, matchUsers, recordHub, recordSpoke, unmatched } from '@keycourier/ledger/hub/compared-people';
import { claimComparison, endComparison, restartComparison } from '@keycourier/ledger/hub/comparisons';
import { postponeHub } from '@keycourier/ledger/hub/lease';
import { contentHash } from '@keycourier/ledger/hub/push-mirror';

/** The runs that read both sides of a link, on Postgres. An attempt's lease lasts `leaseMs` unless it is renewed. */
export const createComparisonPort = (ledger: Ledger, leaseMs: number): ComparisonPort => ({
  claim: (step, id, dispatchId) => claimComparison(ledger, step, { id, dispatchId, leaseMs }),
  hashOf: (tenant, content) => contentHash(ledger, tenant, content),
  hasUnread: (attempt) => hasUnread(ledger, attempt),
  recordSpoke: (attempt, page) => recordSpoke(ledger, attempt, page),
  match: (attempt, hubOrg, users) => matchUsers(ledger, attempt, { hubOrg, users }),
  unmatched: (attempt, hubOrg, limit) => unmatched(ledger, attempt, { hubOrg, limit }),
  recordHub: (attempt, page) => recordHub(ledger, attempt, page),
  restart: async (attempt) => void (await restartComparison(ledger, attempt)),
  end: async (attempt, end) => void (await endComparison(ledger, attempt, end)),
  postpone: ({ id, leaseId, kind }, when) =>
    postponeHub(ledger, { table: 'comparisons', step: comparisonSteps[kind] }, { id, leaseId, ...when }),
});
