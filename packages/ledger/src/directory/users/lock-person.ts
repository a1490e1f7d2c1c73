import { matchesEtag } from '@keycourier/scim-protocol/resources/etag';
import { sql } from 'kysely';

import { prepared } from '../../prepared.ts';
import { notFound, ownedByClient, versionDiffers, type Refusal } from '../refusal.ts';
import { claimOf, isVisible, ownedColumns, type Claim, type Owned, type Scope } from '../scope.ts';

export interface PersonRow extends Owned {
  id: string;
  tenant: string;
  active: boolean;
  deactivatedAt: Date | null;
  version: string;
  userNameIndex: string;
  tokens: string[];
}

export interface LockedPerson extends PersonRow {
  claim: Exclude<Claim, 'refused'>;
}

/** Columns of `people` as a PersonRow. */
export const personColumns = sql`id, tenant, ${ownedColumns}, active,
  deactivated_at as "deactivatedAt", version, user_name_index as "userNameIndex", tokens`;

/** Memberships can be added meanwhile: nothing changes the id that they point to. */
export const lockForChange = sql`for no key update`;
/** Nothing can point to the row meanwhile. */
export const lockForDeletion = sql`for update`;

export interface PersonToLock {
  id: string;
  /** The header of this name; absent: any version. */
  ifMatch?: string | undefined;
}

/** Locks a person that the origin may write, or says why not. */
export async function lockPerson(
  { db, origin }: Scope,
  { id, ifMatch }: PersonToLock,
  lock = lockForChange,
): Promise<{ outcome: 'locked'; person: LockedPerson } | Refusal> {
  const { rows } = await sql<PersonRow>`${prepared}
    select ${personColumns} from people where id = ${id} and ${isVisible(origin, 'people')} ${lock}`.execute(db);
  const [row] = rows;
  if (row === undefined) return notFound('user');
  const claim = claimOf(origin, row);
  if (claim === 'refused') return ownedByClient;
  if (ifMatch !== undefined && !matchesEtag(ifMatch, Number(row.version))) return versionDiffers('user');
  return { outcome: 'locked', person: { ...row, claim } };
}
