import type { GroupPushPort } from '@keycourier/journey/ports/hub-groups';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { postponeHub } from '@keycourier/ledger/hub/lease';
import {
  claimGroup,
  finishGroup,
  finishMembers,
  isGroupShared,
  linkGroup,
  mirrorsOf,
  putOffGroup,
} from '@keycourier/ledger/hub/push-groups';
import { readDueMembers, recordMembers } from '@keycourier/ledger/hub/push-members';
import { requireGroups, requireMember } from '@keycourier/ledger/hub/require-groups';
import { priorities } from '@keycourier/ledger/outbox/add-messages';

/**
 * The groups that are pushed to hubs, on Postgres. An attempt's lease lasts `leaseMs` unless it is renewed. `hubOrgOf` says
 * whether there is a hub now: without one nothing is claimed, and the sweep looks again later.
 */
export function createGroupPort(
  ledger: Ledger,
  leaseMs: number,
  hubOrgOf: (tenant: string) => Promise<string | null>,
): GroupPushPort {
  return {
    noteGroup: (tenant, groupId) =>
      requireGroups(ledger.db, { tenant, groupIds: [groupId], priority: priorities.event }),
    noteMember: (tenant, member) => requireMember(ledger.db, { tenant, ...member, priority: priorities.event }),
    claim: async (step, id, dispatchId) => {
      const claim = await claimGroup(ledger, step, { id, dispatchId, leaseMs });
      if (claim.outcome !== 'claimed' || (await hubOrgOf(claim.attempt.tenant)) !== null) return claim;
      await putOffGroup(ledger, claim.attempt);
      return { outcome: 'nothing_to_do' };
    },
    isShared: (attempt, hub) => isGroupShared(ledger, attempt, hub),
    link: (attempt, hub) => linkGroup(ledger, attempt, hub),
    mirrorsOf: ({ tenant }, hubOrg, ids) => mirrorsOf(ledger, { tenant, hubOrg }, ids),
    finish: (attempt, result) => finishGroup(ledger, attempt, result),
    dueMembers: (attempt, limit) => readDueMembers(ledger, attempt, limit),
    recordMembers: (attempt, ends) => recordMembers(ledger, attempt, ends),
    finishMembers: (attempt, problem) => finishMembers(ledger, attempt, problem),
    postpone: (step, { id, leaseId }, when) =>
      postponeHub(ledger, { table: 'mirror_groups', step }, { id, leaseId, ...when }),
  };
}
