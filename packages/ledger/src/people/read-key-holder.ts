import type { Shipment } from '@keycourier/journey/model/shipment';

import type { Ledger } from '../connect-ledger.ts';
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
  /** There are more keys or events than are returned. */
  isMore: boolean;
}

const shownAtMost = 50;

/** A person of a tenant by Okta id or login, or null where nothing is known of them: also for another tenant's. */
export async function readKeyHolder(ledger: Ledger, tenant: string, user: string): Promise<KeyHolder | null> {
  const found = await findShipments(ledger, tenant, user);
  const arrived = await listEvents(ledger, { tenant, user: idIn(found.items) ?? user, limit: shownAtMost });
  const shipments = found.items;
  if (shipments.length === 0 && arrived.items.length === 0) return null;
  const facts = await readFacts(ledger.db, shipments);
  return {
    ...identityOf(shipments),
    keys: shipments.map((shipment, at) => ({
      shipment,
      requester: (facts[at] ?? noFacts).requester,
      isWorking: shipment.plan.credential === 'active',
    })),
    events: arrived.items,
    registration: facts.flatMap(({ registration }) => registration ?? [])[0] ?? null,
    isMore: found.nextCursor !== null || arrived.nextCursor !== null,
  };
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
function identityOf(shipments: readonly Shipment[]): Pick<KeyHolder, 'userId' | 'login' | 'name'> {
  const profile = shipments.find(({ secrets }) => secrets.profile !== undefined)?.secrets.profile;
  return {
    userId: idIn(shipments),
    login: shipments.find(({ secrets }) => secrets.login !== undefined)?.secrets.login ?? null,
    name: profile === undefined ? null : `${profile.firstName} ${profile.lastName}`,
  };
}
