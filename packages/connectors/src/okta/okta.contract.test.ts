import { bodyOf, createGroup, token, withId, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';

import { createFulfillmentPort } from '../fulfillment/create-fulfillment-port.ts';
import { orderOf } from '../testing/orders.ts';
import { appWith, makeAppKey, registerApp } from '../testing/service-app.ts';
import { startWorld } from '../testing/simulated-world.ts';
import { oktaContract, type OktaUnderTest } from './okta.contract.ts';
import type { OktaAuth } from './settings.ts';

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

/** A way to sign in to an org, with credentials that it knows and some that it does not. */
type Way = (org: RunningOrg) => Promise<{ auth: OktaAuth; stranger: OktaAuth }>;

const apiToken: Way = () => Promise.resolve({ auth: { token: () => token }, stranger: { token: () => 'not-a-token' } });

const serviceApp =
  (alg: string, { dpop }: { dpop: boolean }): Way =>
  async (org) => {
    const key = await makeAppKey(alg, 'key-1');
    const clientId = await registerApp(org, { keys: [key], dpop });
    return { auth: appWith(clientId, key), stranger: appWith('0oaStranger', key) };
  };

async function connect(way: Way): Promise<OktaUnderTest> {
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
  const { auth, stranger } = await way(org);
  const fulfillment = createFulfillmentPort(() => world.fulfillment);
  return {
    settings: { ...world.okta, auth },
    stranger,
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
}

oktaContract('the Okta simulator, with an SSWS token', () => connect(apiToken));
oktaContract('the Okta simulator, with OAuth and a bearer token', () => connect(serviceApp('RS256', { dpop: false })));
oktaContract('the Okta simulator, with OAuth and DPoP, RSA', () => connect(serviceApp('RS256', { dpop: true })));
oktaContract('the Okta simulator, with OAuth and DPoP, EC', () => connect(serviceApp('ES384', { dpop: true })));
