import type { Change } from '@keycourier/journey/model/change';
import type { HoldCode } from '@keycourier/journey/model/holds';
import type { CheckedProfile } from '@keycourier/journey/model/profile';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Moved } from '@keycourier/journey/ports/ledger';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { createShipment, type CreateResult } from '../shipments/create-shipment.ts';
import { move } from '../shipments/move.ts';
import type { CreateRequest } from '../shipments/new-shipment.ts';

let people = 0;

/** A request for a new user, by login alone where nothing else is requested. */
export function aRequest(request: Partial<CreateRequest> = {}): CreateRequest {
  people += 1;
  return {
    tenant: 'acme',
    trigger: 'api',
    purpose: 'primary',
    userId: null,
    login: `person-${people}@example.com`,
    product: { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' },
    groupId: null,
    pinPolicy: { recipient: 'auto', channel: 'smtp', release: 'on_activation' },
    ...request,
  };
}

/** Asks for a shipment in a transaction of its own. */
export const ask = (ledger: Ledger, request: Partial<CreateRequest> = {}): Promise<CreateResult> =>
  ledger.db.transaction().execute((tx) => createShipment(ledger, tx, aRequest(request)));

/** Opens a shipment that nothing stands in the way of. */
export async function open(ledger: Ledger, request: Partial<CreateRequest> = {}): Promise<Shipment> {
  const opened = await ask(ledger, request);
  if (opened.outcome !== 'created') throw new LedgerError('bad_row', `The test's shipment is ${opened.outcome}`);
  return opened.shipment;
}

export const change = (ledger: Ledger, id: string, change: Change, event = 'test.moved'): Promise<Moved> =>
  move(ledger, id, () => ({ change, note: { event } }));

/** A look at a shipment through the one write verb, declining to write. */
export const look = async (ledger: Ledger, id: string): Promise<Shipment> =>
  (await move(ledger, id, () => null)).shipment;

export const profile: CheckedProfile = {
  firstName: 'Noor',
  lastName: 'Haddad',
  email: 'noor.haddad@example.com',
  secondEmail: 'noor@home.example',
  primaryPhone: '+442079460123',
  organization: 'Acme',
  streetLine1: '17 Canary Wharf',
  streetLine2: null,
  city: 'London',
  state: null,
  zipCode: 'E14 5AB',
  countryCode: 'GB',
  isNewUser: true,
  sources: { city: 'okta', streetAddress: 'override' },
  normalisations: [{ field: 'primaryPhone', rule: 'e164' }],
};

/** The changes of a journey that goes well, in order. */
export const steps = {
  ready: { order: 'ready', profileChecked: true, secrets: { profile } },
  enrolling: { order: 'enrolling', intents: { enroll: { at: '2030-01-01T00:00:00.000Z', knownEnrollmentIds: [] } } },
  enrolled: {
    order: 'enrolled',
    credential: 'pending',
    credentialDetails: { enrollmentId: 'enr-1', keyId: 'kid-1' },
    secrets: { requestEnvelopes: { pinRequestJwe: 'canary-request-pin', credRequestJwe: 'canary-request-cred' } },
  },
  placing: { order: 'placing' },
  placed: { order: 'placed', parcel: 'preparing', secrets: { requestEnvelopes: null } },
  programmed: {
    programmed: true,
    pin: 'sealed',
    secrets: {
      responseEnvelopes: { pinResponseJwe: 'canary-response-pin', credResponseJwe: 'canary-response-cred' },
      pinCopy: { jwe: 'canary-pin-copy' },
    },
  },
  active: { credential: 'active', secrets: { responseEnvelopes: null } },
  released: { pin: 'released' },
  sending: { pin: 'sending' },
  sent: { pin: 'sent', secrets: { pinCopy: null } },
  delivered: { parcel: 'delivered' },
} as const satisfies Record<string, Change>;

export type Step = keyof typeof steps;

const stepNames = Object.keys(steps).filter((name): name is Step => Object.hasOwn(steps, name));

/** Sends a shipment the whole way up to and including a step. */
export async function bring(ledger: Ledger, id: string, last: Step): Promise<Shipment> {
  let shipment = await look(ledger, id);
  for (const name of stepNames.slice(0, stepNames.indexOf(last) + 1))
    shipment = (await change(ledger, id, steps[name])).shipment;
  return shipment;
}

export const hold = (ledger: Ledger, id: string, code: HoldCode = 'profile_problems'): Promise<Moved> =>
  change(ledger, id, { hold: { code, problems: [], since: ledger.now() } });
