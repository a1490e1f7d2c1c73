import { isOktaUserId } from '@keycourier/journey/model/outside-id';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { listPeople, type ListedPerson } from '../directory/connections/list-people.ts';
import { findPersonRow } from '../directory/shipments/find-person.ts';
import { listEvents, type ListedEvent } from '../events/list-events.ts';
import type { Registration } from '../registrations/read-registrations.ts';
import { listShipments } from '../shipments/list-shipments.ts';
import { noFacts, readFacts, type Requester } from '../shipments/read-facts.ts';

/** A key of a person: how they got it, and what became of it. It never has a PIN. */
export interface HeldKey {
  shipment: Shipment;
  requester: Requester;
  isWorking: boolean;
}

/** A person as SCIM clients and operators have written them. */
export interface DirectoryRecord extends ListedPerson {
  /** Null where no client owns them. */
  connection: { id: string; name: string } | null;
  /** By name, as many as are shown. */
  groups: readonly string[];
}

/** Everything that is known about one person and their keys. */
export interface KeyHolder {
  userId: string | null;
  login: string | null;
  name: string | null;
  /** The newest first, dry runs left out. */
  keys: readonly HeldKey[];
  /** The newest first: also what was ignored, set aside or delivered twice. */
  events: readonly ListedEvent[];
  /** Whether Okta shows that they have a key; null where that is not written. */
  registration: Registration | null;
  /** Null where the directory has no such person. */
  directory: DirectoryRecord | null;
  /** There are more keys or events than are returned. */
  isMore: boolean;
}

const shownAtMost = 50;

/** A person of a tenant by Okta id, login or directory id, or null where nothing is known of them: also for another tenant's. */
export async function readKeyHolder(ledger: Ledger, tenant: string, sought: string): Promise<KeyHolder | null> {
  const byId = sought.startsWith('usr_') ? await readDirectory(ledger, tenant, { personId: sought }) : null;
  const user = byId?.userName ?? sought;
  const found = await findShipments(ledger, tenant, user);
  const { items: shipments } = found;
  const userId = idIn(shipments);
  const directory = byId ?? (await readDirectory(ledger, tenant, soughtBy(user, userId)));
  const arrived = await listEvents(ledger, { tenant, user: userId ?? user, limit: shownAtMost });
  if (shipments.length === 0 && arrived.items.length === 0 && directory === null) return null;
  const facts = await readFacts(ledger.db, shipments);
  const { login, name } = identityOf(shipments);
  return {
    userId,
    login: login ?? directory?.userName ?? null,
    name: name ?? directory?.displayName ?? null,
    keys: shipments.map((shipment, at) => ({
      shipment,
      requester: (facts[at] ?? noFacts).requester,
      isWorking: shipment.plan.credential === 'active',
    })),
    events: arrived.items,
    registration: facts.flatMap(({ registration }) => registration ?? [])[0] ?? null,
    directory,
    isMore: found.nextCursor !== null || arrived.nextCursor !== null,
  };
}

interface Sought {
  personId?: string;
  userId?: string | null;
  login?: string;
}

const soughtBy = (user: string, userId: string | null): Sought =>
  isOktaUserId(user) ? { userId: user } : { userId, login: user };

const unsought = { personId: null, userId: null, login: null } as const;

async function readDirectory(ledger: Ledger, tenant: string, sought: Sought): Promise<DirectoryRecord | null> {
  const row = await findPersonRow({ ledger, db: ledger.db }, tenant, { ...unsought, ...sought });
  if (row === null) return null;
  const { items } = await listPeople(ledger, { tenant, id: row.id, limit: 1 });
  const [person] = items;
  if (person === undefined) return null;
  const { rows } = await sql<{ connection: DirectoryRecord['connection']; groups: readonly string[] }>`
    select (
      select json_build_object('id', id, 'name', name) from scim_connections where id = ${row.connectionId}
    ) as connection, array(
      select display_name from directory_members join directory_groups on directory_groups.id = group_id
      where person_id = ${row.id} order by folded limit ${shownAtMost}
    ) as groups`.execute(ledger.db);
  return { ...person, connection: rows[0]?.connection ?? null, groups: rows[0]?.groups ?? [] };
}

interface FoundShipments {
  items: readonly Shipment[];
  nextCursor: string | null;
}

/**
 * A login may be assigned to another person later: it leads to the one who has it now, by the Okta id, with what was requested
 * for the login before an id was known.
 */
async function findShipments(ledger: Ledger, tenant: string, user: string): Promise<FoundShipments> {
  const read = (of: string) => listShipments(ledger, { tenant, dryRun: false, user: of, limit: shownAtMost });
  const found = await read(user);
  const id = idIn(found.items);
  if (id === null || id === user) return found;
  const ofId = await read(id);
  const items = [...ofId.items, ...found.items.filter((one) => one.user.id === null)];
  return {
    items: items.toSorted((one, other) => (one.id < other.id ? 1 : -1)).slice(0, shownAtMost),
    nextCursor: ofId.nextCursor ?? found.nextCursor,
  };
}

const idIn = (shipments: readonly Shipment[]): string | null =>
  shipments.find(({ user }) => user.id !== null)?.user.id ?? null;

/** As the newest shipment has it that still has it. */
function identityOf(shipments: readonly Shipment[]): Pick<KeyHolder, 'login' | 'name'> {
  const profile = shipments.find(({ secrets }) => secrets.profile !== undefined)?.secrets.profile;
  return {
    login: shipments.find(({ secrets }) => secrets.login !== undefined)?.secrets.login ?? null,
    name: profile === undefined ? null : `${profile.firstName} ${profile.lastName}`,
  };
}
