import { readGroup, type StoredGroup } from '@keycourier/ledger/directory/groups/read-groups';
import { readMembers, type ShownMember } from '@keycourier/ledger/directory/groups/read-members';
import type { ReadScope } from '@keycourier/ledger/directory/scope';
import type { JsonObject } from '@keycourier/scim-protocol/json';
import { presentGroup, type Presentation } from '@keycourier/scim-protocol/resources/present';
import { isProjected, type Projection } from '@keycourier/scim-protocol/resources/projection';

import type { Shown } from '../resources/show.ts';

export async function showGroup(scope: ReadScope, id: string, presentation: Presentation): Promise<Shown | null> {
  const group = await readGroup(scope, id);
  if (group === null) return null;
  return { version: group.version, resource: await presentWithMembers(scope, group, presentation) };
}

/** Members are read only where the answer has them: Okta and Entra ask for groups without. */
export async function presentWithMembers(
  scope: ReadScope,
  group: StoredGroup,
  presentation: Presentation,
): Promise<JsonObject> {
  const members = isProjected(presentation.projection, 'members')
    ? await readAllMembers(scope, group.id, presentation.projection)
    : [];
  return presentGroup({ ...group, members }, presentation);
}

/** One query each: other requests run between two of them. */
const pageSize = 1_000;

async function readAllMembers(scope: ReadScope, groupId: string, projection: Projection): Promise<ShownMember[]> {
  const members: ShownMember[] = [];
  const withDisplay = showsDisplay(projection);
  for (;;) {
    const after = members.at(-1)?.id;
    const page = await readMembers(scope, { groupId, after, limit: pageSize, withDisplay });
    members.push(...page);
    if (page.length < pageSize) return members;
  }
}

function showsDisplay({ only, except }: Projection): boolean {
  const named =
    (key: string) =>
    (reference: { key: string }): boolean =>
      reference.key === key;
  const isShown = only === null || only.some(named('members')) || only.some(named('members.display'));
  return isShown && !except.some(named('members.display'));
}
