import { randomUUID } from 'node:crypto';

import type { Change, Decision } from '@keycourier/journey/model/change';
import type { HoldCode } from '@keycourier/journey/model/holds';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import { holdFor } from '@keycourier/journey/steps/hold';
import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { recordVerdict } from '@keycourier/ledger/events/record-verdict';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { createShipment } from '@keycourier/ledger/shipments/create-shipment';
import { move } from '@keycourier/ledger/shipments/move';
import { pauseTenant } from '@keycourier/ledger/tenants';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';

import { closeAtEnd } from './close-all.ts';

/** A value that must not appear on any page. */
export const login = 'noor.haddad@example.com';

/** Shared with the console under test. */
export const sampleKeyring = generateKeyring('test');

export async function connectSampleLedger(databaseUrl: string, now?: () => Date): Promise<Ledger> {
  const ledger = connectLedger({
    databaseUrl,
    sealing: createSealing(parseKeyring(sampleKeyring)),
    maxConnections: 2,
    maxRequestsInFlight: () => 1,
    limits: patientLimits,
    ...(now === undefined ? {} : { now }),
  });
  closeAtEnd(ledger.close);
  await migrate(ledger.db);
  return ledger;
}

let users = 0;

/** A new shipment of another user, moved by `decide` if set. */
export async function addShipment(
  ledger: Ledger,
  decide?: Parameters<typeof move>[2],
  options: { dryRun?: boolean; release?: PinPolicy['release']; userId?: string } = {},
): Promise<string> {
  users += 1;
  const userId = options.userId ?? `00u${users}`;
  const created = await ledger.db.transaction().execute((tx) =>
    createShipment(ledger, tx, {
      tenant: 'acme',
      trigger: 'api',
      purpose: 'primary',
      userId,
      login: `${users}.${login}`,
      product: { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' },
      groupId: null,
      pinPolicy: { recipient: 'auto', channel: 'smtp', release: options.release ?? 'on_activation' },
      note: `for ${login}`,
      dryRun: options.dryRun ?? false,
    }),
  );
  const id = created.outcome === 'created' ? created.shipment.id : created.shipmentId;
  if (decide !== undefined) await move(ledger, id, decide);
  return id;
}

/** One whose key is active and whose PIN waits to be released. */
export async function addSealedShipment(
  ledger: Ledger,
  options: { release?: PinPolicy['release']; userId?: string },
): Promise<string> {
  const id = await addShipment(ledger, undefined, options);
  const changes: readonly Change[] = [
    { order: 'ready', profileChecked: true },
    { order: 'enrolling' },
    { order: 'enrolled', credential: 'pending' },
    { order: 'placing', orderDetails: { providerId: `order-of-${id}` } },
    { order: 'placed', parcel: 'preparing' },
    { parcel: 'in_transit', programmed: true, pin: 'sealed', secrets: { pinCopy: { jwe: 'x' } } },
    { credential: 'active' },
  ];
  for (const change of changes) await move(ledger, id, () => ({ change, note: { event: 'test.moved' } }));
  return id;
}

export const addHeldShipment = (ledger: Ledger, code: HoldCode, problems: readonly Problem[] = []): Promise<string> =>
  addShipment(ledger, (shipment): Decision => holdFor(shipment, code, { now: ledger.now(), problems }));

export const setEventAside = (ledger: Ledger, uuid: string): Promise<unknown> =>
  recordDelivery(ledger, {
    tenant: 'acme',
    envelopeEventId: null,
    events: [
      { uuid, eventType: 'group.user_membership.add', published: null, body: { login }, setAside: 'not_an_event' },
    ],
  });

/** An event about the person of `login`, of which nothing came for this reason. */
export async function ignoreEvent(ledger: Ledger, login: string, reason: string): Promise<void> {
  const uuid = randomUUID();
  const eventType = 'group.user_membership.add';
  const body = { uuid, eventType, target: [{ id: `00u${uuid.slice(0, 8)}`, type: 'User', alternateId: login }] };
  await recordDelivery(ledger, {
    tenant: 'acme',
    envelopeEventId: null,
    events: [{ uuid, eventType, published: null, body, setAside: null }],
  });
  const { id } = await ledger.db
    .selectFrom('inbound_events')
    .select('id')
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow();
  await recordVerdict(ledger, {
    eventId: id,
    verdict: { verdict: 'ignored', reason },
    pinPolicyOf: () => ({ recipient: 'auto', channel: 'smtp', release: 'on_activation' }),
  });
}

export const pause = (ledger: Ledger, tenant: string, until: Date, reason: string): Promise<void> =>
  pauseTenant(ledger, tenant, { until, reason, service: 'okta', credential: null });
