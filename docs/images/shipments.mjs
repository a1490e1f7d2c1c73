import { PicturesError } from './errors.mjs';
import { waitFor } from './product.mjs';

const product = { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' };
const office = {
  organization: 'Acme',
  primaryPhone: '+1 503 555 0100',
  streetAddress: '12 Harbor Street',
  city: 'Portland',
  state: 'Oregon',
  zipCode: '97205',
  countryCode: 'US',
};

/**
 * Requests keys in the ways that the README's tour shows, and waits until each shipment is where the pictures need it:
 * delivered, ordered, or held for one reason or another.
 */
export async function makeShipments(local) {
  const world = connect(local);
  const { createUser, requestKey, shipment, setClock } = world;

  const newHire = await createUser('Nora Hale', { staged: true });
  await world.initiateFulfillment(newHire);
  for (const name of ['Ada Lindqvist', 'Bruno Okafor', 'Chiara Novak']) await requestKey(await createUser(name));
  const wrongZip = await requestKey(await createUser('Tess Moreau', { zipCode: '1234' }));
  // The simulator goes by words in the street: this one makes it suggest another address.
  const suggested = await requestKey(await createUser('Farid Brandt', { streetAddress: '4 Suggested Avenue' }));
  const delivered = async () => (await world.shipments()).filter(({ status }) => status === 'completed').length === 4;
  await waitFor('four keys are delivered', delivered);
  for (const id of [wrongZip, suggested]) await waitFor('the address is held', async () => (await shipment(id)).hold);

  await setClock(0);
  const moved = await createUser('Uma Rowe');
  const ids = [await requestKey(moved)];
  for (const name of ['Esi Marchetti', 'Sam Rowe', 'Vic Tanaka']) ids.push(await requestKey(await createUser(name)));
  const orders = [];
  for (const id of ids)
    orders.push(await waitFor('the key is ordered', async () => (await shipment(id)).order?.providerId));
  await world.updateUser(moved, { email: 'uma.r@acme.example' });
  for (const order of orders.slice(0, 2)) await world.ship(order);
  await waitFor('the changed PIN address is held', async () => (await shipment(ids[0])).hold);
  await waitFor('the PIN is sent', async () => (await shipment(ids[1])).pin?.state === 'sent');
}

/** The newest mail for the new hire: its PIN. */
export async function pinMailOf(local, address = 'nora@home.example') {
  const mails = await call('GET', `${local.inbox}/email`);
  return mails.findLast(({ to }) => to.some((one) => one.address === address));
}

/** The shipment for which the provider suggests another address. */
export async function suggestedShipmentOf(local) {
  const { items } = await call('GET', `${local.api}/v1/shipments?status=held`, undefined, `Bearer ${local.apiKey}`);
  return items.find(({ hold }) => hold.code === 'address_suggested').id;
}

function connect(local) {
  const okta = (method, path, body) => call(method, `${local.oktaSimulator}${path}`, body, `SSWS ${local.oktaToken}`);
  const api = (method, path, body) => call(method, `${local.api}${path}`, body, `Bearer ${local.apiKey}`);
  return {
    createUser: async (name, { staged = false, ...changes } = {}) => {
      const [firstName, lastName] = name.split(' ');
      const login = `${firstName.toLowerCase()}@acme.example`;
      const secondEmail = login.replace('acme', 'home');
      const profile = { ...office, login, email: login, secondEmail, firstName, lastName, ...changes };
      const credentials = { password: { value: 'Correct-Horse-7-Battery' } };
      const body = staged ? { profile } : { profile, credentials };
      return (await okta('POST', `/api/v1/users?activate=${!staged}`, body)).id;
    },
    updateUser: (id, profile) => okta('POST', `/api/v1/users/${id}`, { profile }),
    initiateFulfillment: (userId) =>
      okta('POST', '/webauthn-registration/api/v1/initiate-fulfillment-request', {
        userId,
        fulfillmentProvider: 'yubico',
        fulfillmentData: [product],
      }),
    requestKey: async (userId) => (await api('POST', '/v1/shipments', { userId, ...product })).id,
    shipment: (id) => api('GET', `/v1/shipments/${id}`),
    shipments: async () => (await api('GET', '/v1/shipments')).items,
    setClock: (speed) => call('PUT', `${local.fulfillmentSimulator}/sim/clock`, { speed }),
    ship: (order) => call('POST', `${local.fulfillmentSimulator}/sim/shipments/${order}/state`, { stateId: 103 }),
  };
}

async function call(method, url, body, authorization) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new PicturesError(`${method} ${url} answered ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}
