import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createUser } from '@keycourier/okta-simulator/testing/running-org';

import { createFulfillmentPort } from './fulfillment/create-fulfillment-port.ts';
import { createMailPort } from './mail/create-mail-port.ts';
import { connectOrgs } from './okta/connect-orgs.ts';
import { createOktaPort } from './okta/create-okta-port.ts';
import { faultOf } from './testing/fault-of.ts';
import { orderOf } from './testing/orders.ts';
import { startWorld, type SimulatedWorld } from './testing/simulated-world.ts';

let world: SimulatedWorld;
let userId: string;
beforeAll(async () => {
  world = await startWorld();
  userId = await createUser(world.org);
});
afterAll(() => world.close());

const okta = createOktaPort(connectOrgs(() => world.okta));
const provider = createFulfillmentPort(() => world.fulfillment);
const mail = createMailPort(() => ({
  smtp: { url: world.inbox.url },
  from: 'it@acme.example',
  pinCopyPrivateKeys: [world.pinCopyKeys.privateKey],
}));

const enroll = async () => okta.enroll('acme', { userId, transportKey: await provider.transportKey('acme') });

test("the PIN that we mail is the key's PIN at Okta", async () => {
  const enrolled = await enroll();
  const { orderId } = await provider.placeOrder('acme', orderOf(enrolled));
  world.provider.passHours(25);
  const { programmed } = await provider.readOrder('acme', orderId);
  expect(programmed).toMatchObject({ credResponses: [{ keyId: enrolled.keyId }] });
  await okta.activate('acme', {
    userId,
    enrollmentId: enrolled.enrollmentId,
    serial: programmed?.serial ?? '',
    version: programmed?.firmware ?? '',
    pinResponseJwe: programmed?.pinResponseJwe ?? '',
    credResponseJwe: programmed?.credResponses[0]?.jwe ?? '',
    signingKeys: await provider.signingKeys('acme'),
  });
  await okta.sendPin('acme', userId, enrolled.enrollmentId);
  await mail.sendPinMail('acme', {
    to: 'ada@home.example',
    firstName: 'Ada',
    messageId: '<pin-1@keycourier>',
    purpose: 'backup',
    orderId,
    serial: programmed?.serial ?? '',
    pinCopy: {
      jwe: programmed?.pinCopyJwe ?? '',
      signingKeys: await provider.signingKeys('acme'),
      mayBeUnsigned: false,
    },
  });
  const pins = world.inbox.received.map(({ raw }) => /^\s+(\d{6})\r?$/m.exec(raw)?.[1]);
  expect(pins).toEqual([expect.stringMatching(/^\d{6}$/), pins[0]]);
});

test('an unanswered enrollment can be found', async () => {
  const known = (await okta.listEnrollments('acme', userId)).map(({ id }) => id);
  await world.org.call('PUT', '/sim/faults', [
    { match: { method: 'POST', path: '/webauthn-registration/api/v1/enroll' }, respond: { drop: 'after' }, times: 1 },
  ]);
  expect(await faultOf(enroll())).toMatchObject({ fault: 'outcome_unknown' });
  const made = (await okta.listEnrollments('acme', userId)).filter(({ id }) => !known.includes(id));
  expect(made).toMatchObject([{ status: 'pending', createdAt: expect.any(Date) }]);
});

test('an unanswered order can be found', async () => {
  const order = orderOf(await enroll(), { reference: 'kc-lost-1' });
  await world.provider.call('PUT', '/sim/faults', {
    body: [{ match: { method: 'POST', path: '/v1/fpr/shipments' }, respond: { drop: 'after' }, times: 1 }],
  });
  const since = new Date();
  expect(await faultOf(provider.placeOrder('acme', order))).toMatchObject({ fault: 'outcome_unknown' });
  const found = await provider.findOrders('acme', { referencePrefix: 'kc-lost-', since });
  expect(found).toMatchObject([{ reference: 'kc-lost-1' }]);
});

test('an order that never arrived cannot be found, though its error is the same', async () => {
  const order = orderOf(await enroll(), { reference: 'kc-dropped-1' });
  await world.provider.call('PUT', '/sim/faults', {
    body: [{ match: { method: 'POST', path: '/v1/fpr/shipments' }, respond: { drop: true }, times: 1 }],
  });
  expect(await faultOf(provider.placeOrder('acme', order))).toMatchObject({ fault: 'outcome_unknown' });
  await expect(provider.findOrders('acme', { referencePrefix: 'kc-dropped-', since: new Date() })).resolves.toEqual([]);
});
