import { matchesEtag } from '@keycourier/scim-protocol/resources/etag';
import { sql } from 'kysely';

import { prepared } from '../../prepared.ts';
import { notFound, ownedByClient, versionDiffers, type Refusal } from '../refusal.ts';
import { claimOf, isVisible, ownedColumns, type Claim, type Owned, type Scope } from '../scope.ts';

export interface GroupRow extends Owned {
  id: string;
  tenant: string;
  displayName: string;
  externalId: string | null;
  version: string;
}

export interface LockedGroup extends GroupRow {
  claim: Exclude<Claim, 'refused'>;
}

export const groupColumns = sql`id, tenant, ${ownedColumns}, display_name as "displayName", external_id as "externalId", version`;

export interface GroupToLock {
  id: string;
  /** The header of this name; absent: any version. */
  ifMatch?: string | undefined;
}

/** Locks a group that the origin may write, so that changes of its members follow each other; or says why not. */
export async function lockGroup(
  { db, origin }: Scope,
  { id, ifMatch }: GroupToLock,
): Promise<{ outcome: 'locked'; group: LockedGroup } | Refusal> {
  const { rows } = await sql<GroupRow>`${prepared}
    select ${groupColumns} from directory_groups
    where id = ${id} and ${isVisible(origin, 'directory_groups')} for no key update`.execute(db);
  const [row] = rows;
  if (row === undefined) return notFound('group');
  const claim = claimOf(origin, row);
  if (claim === 'refused') return ownedByClient;
  if (ifMatch !== undefined && !matchesEtag(ifMatch, Number(row.version))) return versionDiffers('group');
  return { outcome: 'locked', group: { ...row, claim } };
}
