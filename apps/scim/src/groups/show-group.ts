import { readGroup, type StoredGroup } from '@keycourier/ledger/directory/groups/read-groups';
import { readMembers } from '@keycourier/ledger/directory/groups/read-members';
import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { presentGroup, type Presentation } from '@keycourier/scim-protocol/resources/present';
import { isProjected, type Projection } from '@keycourier/scim-protocol/resources/projection';

import { appendList, render, type Rendered, type ReadResource } from '../resources/rendered.ts';

export async function showGroup(
  scope: ReadScope,
  id: string,
  presentation: Presentation,
): Promise<ReadResource | null> {
  const group = await readGroup(scope, id);
  if (group === null) return null;
  return { version: group.version, pieces: await renderGroup(scope, group, presentation) };
}

/** Members are read only where the answer has them: Okta and Entra ask for groups without. */
export async function renderGroup(scope: ReadScope, group: StoredGroup, presentation: Presentation): Promise<Rendered> {
  const withoutMembers = presentGroup({ ...group, members: [] }, presentation);
  if (!isProjected(presentation.projection, 'members')) return render(withoutMembers);
  const members = await renderMembers(scope, group, presentation);
  return members.length === 0 ? render(withoutMembers) : appendList(withoutMembers, 'members', members);
}

/** One query each, of which nothing is kept but its text. */
const pageSize = 500;

/** A text for each page of members, with commas between them. */
async function renderMembers(scope: ReadScope, group: StoredGroup, presentation: Presentation): Promise<Rendered[]> {
  const rendered: Rendered[] = [];
  const withDisplay = showsDisplay(presentation.projection);
  for (let after: string | undefined; ;) {
    const page = await readMembers(scope, { groupId: group.id, after, limit: pageSize, withDisplay });
    const { members } = presentGroup({ ...group, members: page }, presentation);
    if (members !== undefined) rendered.push([JSON.stringify(members).slice(1, -1)]);
    if (page.length < pageSize) return rendered;
    after = page.at(-1)?.id;
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
