import { sql, type Kysely } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { loginIndexOf } from '../../shipments/person.ts';
import { isOpen } from '../../shipments/plan-predicates.ts';
import type { Tables } from '../../tables.ts';
import type { Attributes } from './attributes.ts';

/**
 * The ids of the shipments of people that are not finished, newest first: found by the login that a userName is, and by the
 * Okta id that an externalId may be. `people` has both by person; a person without a shipment is not in the answer.
 */
export async function findOpenShipments(
  ledger: Ledger & { db: Kysely<Tables> },
  tenant: string,
  people: ReadonlyMap<string, Attributes>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const known = [...people].map(([personId, attributes]) => ({
    personId,
    loginIndex: textOf(attributes.get('userName'), (login) => loginIndexOf(ledger, login)),
    oktaId: textOf(attributes.get('externalId'), (id) => id),
  }));
  if (known.length === 0) return new Map();
  const { rows } = await sql<{ personId: string; id: string }>`
    with known as (
      select * from unnest(${known.map(({ personId }) => personId)}::text[],
        ${known.map(({ loginIndex }) => loginIndex)}::text[], ${known.map(({ oktaId }) => oktaId)}::text[])
        as known (person_id, login_index, okta_id)
    ), found as (
      select person_id, shipments.id from known join shipments on shipments.login_index = known.login_index
      where tenant = ${tenant} and ${isOpen}
      union
      select person_id, shipments.id from known join shipments on okta_user_id = okta_id
      where tenant = ${tenant} and ${isOpen}
    )
    select person_id as "personId", id from found order by id desc`.execute(ledger.db);
  const shipments = new Map<string, string[]>();
  for (const { personId, id } of rows) shipments.set(personId, [...(shipments.get(personId) ?? []), id]);
  return shipments;
}

const textOf = (value: unknown, map: (text: string) => string): string | null =>
  typeof value === 'string' ? map(value) : null;
