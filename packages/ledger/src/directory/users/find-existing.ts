import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { sql, type RawBuilder } from 'kysely';

import { externalIdIndex, localPartIndex, userNameIndex } from '../keyed.ts';
import { conflict, ownedByClient, type Refusal } from '../refusal.ts';
import { claimOf, manualOwner, ownerOf, tenantOf, visibleOwners, type Scope } from '../scope.ts';
import { userNameTaken } from './apply-to-person.ts';
import { readAttributes } from './attributes.ts';
import { findOpenShipments } from './find-open-shipments.ts';
import { lockForChange, personColumns, type LockedPerson, type PersonRow } from './lock-person.ts';

export interface FoundPerson {
  outcome: 'found';
  person: LockedPerson;
}

/** Who a new user is already, locked: by user name, by the externalId of one that left, or by the part before the @. */
export async function findExisting(
  scope: Scope,
  user: WrittenUser,
): Promise<FoundPerson | { outcome: 'none' } | Refusal> {
  const { ledger, origin } = scope;
  const index = userNameIndex(ledger.sealing, tenantOf(origin), user.userName);
  const people = await lockWhere(
    scope,
    sql`(user_name_index = ${index} or ${hasExternalId(scope, user)})
    order by user_name_index = ${index} desc, id`,
  );
  const namesake = people.find(({ userNameIndex: one }) => one === index);
  if (namesake !== undefined) return judge(scope, namesake);
  const [returned, ...others] = people;
  // Someone who left and comes back under another user name; an externalId that several have proves nothing.
  if (returned !== undefined && !returned.active && others.length === 0)
    return { outcome: 'found', person: { ...returned, claim: 'own' } };
  return findByLocalPart(scope, user);
}

function hasExternalId({ ledger, origin }: Scope, { externalId }: WrittenUser): RawBuilder<unknown> {
  if (origin.kind === 'manual' || externalId === null) return sql`false`;
  const { id } = origin.connection;
  return sql`(connection_id = ${id} and external_id_index = ${externalIdIndex(ledger.sealing, id, externalId)})`;
}

async function lockWhere({ db, origin }: Scope, condition: RawBuilder<unknown>): Promise<readonly PersonRow[]> {
  const { rows } = await sql<PersonRow>`
    select ${personColumns} from people where tenant = ${tenantOf(origin)} and ${condition} limit 3 ${lockForChange}`.execute(
    db,
  );
  return rows;
}

function judge({ origin }: Scope, person: PersonRow): FoundPerson | Refusal {
  const claim = claimOf(origin, person);
  if (claim === 'own') return person.active ? userNameTaken : { outcome: 'found', person: { ...person, claim } };
  // An operator who enters a new person does not mean one who is here: that one is changed by their id, or handed over.
  if (origin.kind === 'manual' && claim !== 'refused') return userNameTaken;
  if (claim !== 'refused') return { outcome: 'found', person: { ...person, claim } };
  if (origin.kind === 'manual') return ownedByClient;
  return person.owner === manualOwner ? enteredByHand : ownedElsewhere;
}

const enteredByHand = conflict(
  'user_name_elsewhere',
  'A user with this userName was entered by hand: switch on "include manually provisioned users" for this connection to take over such users.',
);

const ownedElsewhere = conflict(
  'user_name_elsewhere',
  'A user with this userName belongs to another connection: switch on "read all users" for this connection to take over such users.',
);

/** Only where exactly one claimable person matches, and no shipment of theirs is open. */
async function findByLocalPart(
  scope: Scope,
  { userName }: WrittenUser,
): Promise<FoundPerson | { outcome: 'none' } | Refusal> {
  const { ledger, origin } = scope;
  if (origin.kind === 'manual' || !origin.connection.takeOverByLocalPart) return { outcome: 'none' };
  const index = localPartIndex(ledger.sealing, tenantOf(origin), userName);
  const owners = visibleOwners(origin);
  const isClaimable = owners === null ? sql`true` : sql`owner = any(${[...owners]}::text[])`;
  const [person, ...others] = await lockWhere(
    scope,
    sql`local_part_index = ${index} and owner <> ${ownerOf(origin)} and ${isClaimable} order by id`,
  );
  if (person === undefined) return { outcome: 'none' };
  if (others.length > 0) return ambiguous;
  const claim = claimOf(origin, person);
  if (claim === 'refused') return { outcome: 'none' };
  return (await hasOpenShipment(scope, person.id)) ? openShipment : { outcome: 'found', person: { ...person, claim } };
}

const ambiguous = conflict(
  'ambiguous_person',
  'The part of userName before the @ matches more than one existing user: give the user that is meant the same userName first.',
);

const openShipment = conflict(
  'open_shipment',
  'The part of userName before the @ matches a user whose shipment is not finished: try again when it is.',
);

async function hasOpenShipment({ ledger, db, origin }: Scope, personId: string): Promise<boolean> {
  const person = await readAttributes({ ledger, db }, [personId], ['userName', 'externalId']);
  return (await findOpenShipments({ ...ledger, db }, tenantOf(origin), person)).has(personId);
}
