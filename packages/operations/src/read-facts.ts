import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Database } from '@keycourier/ledger/connect-ledger';
import { readRegistrations, type Registration } from '@keycourier/ledger/registrations/read-registrations';
import { readRequesters, type Requester } from '@keycourier/ledger/shipments/read-requesters';
import { readRetries, type Retry } from '@keycourier/ledger/shipments/read-retries';

/** What other tables than that of shipments know of one: who asked for it, what is tried again, whether Okta shows the key. */
export interface Facts {
  requester: Requester;
  retries: readonly Retry[];
  registration?: Registration | undefined;
}

/** Where they are not shown. */
export const noFacts: Facts = { requester: { apiKey: null, event: null }, retries: [] };

/** The facts of shipments, in their order: four queries for any number of them. */
export async function readFacts(db: Database, shipments: readonly Shipment[]): Promise<readonly Facts[]> {
  const requesters = await readRequesters(db, shipments);
  const retries = await readRetries(
    db,
    shipments.map(({ id }) => id),
  );
  const registrations = await readRegistrations(db, shipments);
  return shipments.map(({ id }) => ({
    requester: requesters.get(id) ?? noFacts.requester,
    retries: retries.get(id) ?? [],
    registration: registrations.get(id),
  }));
}
