import { select, type Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';
import { groupSchema, type Group } from './group.ts';
import { groupNameTaken } from './read-group.ts';

/** @throws OktaError E0000001 if the name is in use */
export async function insertGroup(
  tx: Queryable,
  draft: { name: string; description: string | null; type: Group['type']; now: Date },
): Promise<Group> {
  const [group] = await select(tx, groupSchema, {
    text: `insert into org_group (id, type, name, description, created, last_updated, last_membership_updated)
     values ($1, $2, $3, $4, $5, $5, $5) on conflict (name) do nothing returning *`,
    values: [oktaId('00g'), draft.type, draft.name, draft.description, draft.now],
  });
  if (group === undefined) throw groupNameTaken();
  return group;
}
