import { sql, type RawBuilder } from 'kysely';
import pg from 'pg';

import type { Ledger } from '../connect-ledger.ts';
import { isOpenIn } from './plan-predicates.ts';

/**
 * Who a shipment is for: the Okta id once it is known, else a keyed hash of the lower-cased login (ARCHITECTURE.md, "Who").
 * One of the two must be present.
 */
export function personOf(ledger: Ledger, userId: string | null, login: string | null): string {
  return personWith(userId, userId === null ? loginIndexOf(ledger, login ?? '') : null);
}

/** The same, where the blind index of the login is known. */
export const personWith = (userId: string | null, loginIndex: string | null): string =>
  userId === null ? `login:${loginIndex}` : `okta:${userId}`;

/** The blind index of a login: the same in any letter case. */
export const loginIndexOf = ({ sealing }: Pick<Ledger, 'sealing'>, login: string): string =>
  sealing.blindIndex(login.toLowerCase());

/**
 * The conditions under which a row of `shipments as other` is an open shipment of the person and purpose of a request,
 * each with an index of its own. A login that the row was resolved from means the same person; between two known ids it
 * proves nothing, since Okta may give a login to another user.
 */
export function openShipmentsOf(
  request: Readonly<Record<'tenant' | 'purpose' | 'person' | 'loginIndex' | 'userId', RawBuilder<unknown>>>,
): Record<'byPerson' | 'byLogin', RawBuilder<boolean>> {
  const { tenant, purpose, person, loginIndex, userId } = request;
  const isOpenFor = sql`other.tenant = ${tenant} and other.purpose = ${purpose} and ${isOpenIn('other')}`;
  return {
    byPerson: sql`(${isOpenFor} and other.person = ${person})`,
    byLogin: sql`(${isOpenFor} and other.login_index = ${loginIndex}
      and (${userId}::text is null or other.okta_user_id is null))`,
  };
}

/**
 * Looks shipments up by nothing but `condition`, the rest being judged afterwards ("offset" keeps the two apart): only one
 * index serves that. A choice would be the statistics', which an ANALYZE during a large batch makes wrong for all that
 * follows: Postgres then reads all open shipments for each row.
 */
export const lookedUpBy = (condition: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select tenant, purpose, dry_run, order_state, person, login_index, okta_user_id, batch_id
  from shipments where ${condition} offset 0)`;

const { byPerson, byLogin } = openShipmentsOf({
  tenant: sql`new.tenant`,
  purpose: sql`new.purpose`,
  person: sql`new.person`,
  loginIndex: sql`new.login_index`,
  userId: sql`new.okta_user_id`,
});

/** Of a row `new` of `shipments`. A person without an id is known by login alone, which the second condition covers. */
export const isAlreadyOpen = sql<boolean>`(
  exists (select from ${lookedUpBy(sql`okta_user_id = new.okta_user_id`)} as other where ${byPerson})
  or exists (select from ${lookedUpBy(sql`login_index = new.login_index`)} as other where ${byLogin}))`;

/** Postgres refused a second open shipment for the same person and purpose (invariant 2). */
export function isOneOpenShipmentClash(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'one_open_shipment';
}
