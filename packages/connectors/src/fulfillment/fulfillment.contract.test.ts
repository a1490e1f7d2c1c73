import { createUser } from '@keycourier/okta-simulator/testing/running-org';

import { connectOrgs } from '../okta/connect-orgs.ts';
import { createOktaPort } from '../okta/create-okta-port.ts';
import { orderOf } from '../testing/orders.ts';
import { startWorld } from '../testing/simulated-world.ts';
import { createFulfillmentPort } from './create-fulfillment-port.ts';
import { fulfillmentContract } from './fulfillment.contract.ts';

fulfillmentContract('the fulfillment simulator', async () => {
  const world = await startWorld();
  const userId = await createUser(world.org);
  const okta = createOktaPort(connectOrgs(() => world.okta));
  const provider = createFulfillmentPort(() => world.fulfillment);
  return {
    settings: world.fulfillment,
    makeOrder: async (reference) => {
      const enrolled = await okta.enroll('acme', { userId, transportKey: await provider.transportKey('acme') });
      return { order: orderOf(enrolled, { reference }), keyId: enrolled.keyId };
    },
    ship: () => {
      world.provider.passHours(25);
      return Promise.resolve();
    },
    lookAtAddresses: () => {
      world.provider.passHours(0.5);
      return Promise.resolve();
    },
    addresses: {
      suggested: { streetLine1: '1 Suggested Street' },
      undeliverable: { streetLine1: '1 Undeliverable Street' },
    },
    countries: { enabled: 'DE', notEnabled: 'AQ' },
    stock: {
      inventoryProductId: '107',
      set: (quantity) =>
        world.provider.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 107, quantity }] }),
    },
    copiesPins: true,
    disconnect: world.close,
  };
});
