import type { GroupPushPort } from '../ports/hub-groups.ts';

/** The ledger of a tenant that pushes no groups. */
export const noGroups: GroupPushPort = {
  noteGroup: async () => undefined,
  noteMember: async () => undefined,
  claim: async () => ({ outcome: 'nothing_to_do' }),
  isShared: async () => false,
  link: async () => true,
  mirrorsOf: async () => new Map(),
  finish: async () => undefined,
  dueMembers: async () => [],
  recordMembers: async () => undefined,
  finishMembers: async () => false,
  postpone: async () => undefined,
};
