import pg from 'pg';

import type { Ledger } from '../connect-ledger.ts';

/**
 * Who a shipment is for: the Okta id once it is known, else a keyed hash of the lower-cased login (design, "Who").
 * One of the two must be given.
 */
export function personOf(ledger: Ledger, userId: string | null, login: string | null): string {
  return userId === null ? `login:${loginIndexOf(ledger, login ?? '')}` : `okta:${userId}`;
}

/** What a login is found by: the same in any letter case. */
export const loginIndexOf = ({ sealing }: Ledger, login: string): string => sealing.blindIndex(login.toLowerCase());

/** Postgres refused a second open shipment for the same person and purpose (invariant 2). */
export function isOneOpenShipmentClash(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'one_open_shipment';
}
