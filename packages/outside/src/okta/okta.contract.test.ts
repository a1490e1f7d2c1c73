import { bodyOf, createGroup, withId } from '@keycourier/okta-simulator/testing/running-org';

import { createFulfillmentPort } from '../fulfillment/create-fulfillment-port.ts';
import { orderOf } from '../testing/orders.ts';
import { startWorld } from '../testing/simulated-world.ts';
import { oktaContract } from './okta.contract.ts';

const profile = {
  email: 'ada@acme.example',
  secondEmail: 'ada@home.example',
  firstName: 'Ada',
  lastName: 'Lovelace',
  primaryPhone: '+1-555-514-1337',
  organization: 'Acme',
  streetAddress: '301 Brannan St.',
  city: 'San Francisco',
  state: 'CA',
  zipCode: '94107',
  countryCode: 'US',
};

oktaContract('the Okta simulator', async () => {
  const world = await startWorld();
  const { org, provider } = world;
  const login = 'ada.lovelace@acme.example';
  const created = await org.call('POST', '/api/v1/users', {
    profile: { login, ...profile },
    credentials: { password: { value: 'Correct-Horse-9' } },
  });
  const user = bodyOf(withId, created).id;
  const [group, otherGroup] = [await createGroup(org, 'YubiKey 5 NFC'), await createGroup(org, 'Engines')];
  await org.call('PUT', `/api/v1/groups/${group}/users/${user}`);
  const fulfillment = createFulfillmentPort(() => world.fulfillment);
  return {
    settings: world.okta,
    user: { id: user, login, profile },
    group: { id: group, name: 'YubiKey 5 NFC' },
    otherGroup: { id: otherGroup },
    transportKey: () => fulfillment.transportKey('acme'),
    program: async (envelopes) => {
      const { orderId } = await fulfillment.placeOrder('acme', orderOf(envelopes));
      provider.passHours(25);
      const { programmed } = await fulfillment.readOrder('acme', orderId);
      if (programmed === null) throw new RangeError('the simulated provider has not programmed the key');
      return { key: programmed, signingKeys: await fulfillment.signingKeys('acme') };
    },
    disconnect: world.close,
  };
});
