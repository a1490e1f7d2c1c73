import { sql } from 'kysely';

import { isVisible, type ReadScope } from '../scope.ts';
import { readAttributes } from '../users/attributes.ts';

export interface ShownMember {
  id: string;
  display?: string;
}

export interface MembersToRead {
  groupId: string;
  /** The last member of the page before; absent: from the first one. */
  after?: string | undefined;
  limit: number;
  /** Names are encrypted: where they are not requested, they are not read. */
  withDisplay: boolean;
}

/** A page of the visible members of a visible group, in a fixed order: shorter than `limit` where it is the last. */
export async function readMembers(
  scope: ReadScope,
  { groupId, after = '', limit, withDisplay }: MembersToRead,
): Promise<readonly ShownMember[]> {
  const { ledger, db, origin } = scope;
  const { rows } = await sql<{ id: string }>`
    select people.id from directory_members
    join directory_groups on directory_groups.id = group_id join people on people.id = person_id
    where group_id = ${groupId} and ${isVisible(origin, 'directory_groups')} and ${isVisible(origin, 'people')}
      and person_id > ${after}
    order by person_id limit ${limit}`.execute(db);
  const ids = rows.map(({ id }) => id);
  if (!withDisplay || ids.length === 0) return ids.map((id) => ({ id }));
  const names = await readAttributes({ ledger, db }, ids, ['displayName', 'userName']);
  return ids.map((id) => {
    const display = names.get(id)?.get('displayName') ?? names.get(id)?.get('userName');
    return typeof display === 'string' ? { id, display } : { id };
  });
}
