import { sql } from 'kysely';

import { inTransaction, type Ledger } from '../../connect-ledger.ts';
import { manualOwner } from '../scope.ts';
import { readConnection } from './connections.ts';

export interface HandOver {
  tenant: string;
  /** A revoked connection. */
  from: string;
  /** A connection that is not revoked, or `manual`. */
  to: string;
  /** So many people and so many groups a call: requests of clients wait for no more. */
  limit?: number;
}

export type HandedOver =
  | { outcome: 'handed_over'; people: number; groups: number; isComplete: boolean }
  | { outcome: 'not_found' | 'not_revoked' | 'no_such_owner' };

/**
 * Gives what a revoked connection owns to another owner, a part at a time until it is complete. As with every change of
 * owner, an externalId ends with it (RFC 7643 §3.1); nothing else of a person or group changes, and no shipment.
 */
export async function handOver(ledger: Ledger, { tenant, from, to, limit = 500 }: HandOver): Promise<HandedOver> {
  const former = await readConnection(ledger, tenant, from);
  if (former === null) return { outcome: 'not_found' };
  if (former.revokedAt === null) return { outcome: 'not_revoked' };
  const next = to === manualOwner ? null : await readConnection(ledger, tenant, to);
  if (to !== manualOwner && (next === null || next.revokedAt !== null)) return { outcome: 'no_such_owner' };
  const connectionId = next?.id ?? null;
  return inTransaction(ledger.db, async (db) => {
    const groups = await sql`
      with chosen as (
        select id from directory_groups where tenant = ${tenant} and owner = ${from} order by id limit ${limit}
        for no key update
      )
      update directory_groups set connection_id = ${connectionId}, external_id = null
      from chosen where directory_groups.id = chosen.id returning chosen.id`.execute(db);
    const people = await sql`
      with chosen as (
        select id from people where tenant = ${tenant} and owner = ${from} order by id limit ${limit} for no key update
      ), ended as (
        delete from person_attributes using chosen where person_id = chosen.id and name = 'externalId'
      )
      update people set connection_id = ${connectionId}, external_id_index = null
      from chosen where people.id = chosen.id returning chosen.id`.execute(db);
    const isComplete = groups.rows.length < limit && people.rows.length < limit;
    return { outcome: 'handed_over', people: people.rows.length, groups: groups.rows.length, isComplete };
  });
}
