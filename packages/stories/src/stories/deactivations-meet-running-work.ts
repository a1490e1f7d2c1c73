import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import type { ShipmentView } from '@keycourier/local/clients/keycourier-api';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { queryLedger } from '../world/ledger.ts';
import {
  createEmployee,
  isPinSent,
  pinsFor,
  product,
  shipmentWhen,
  StoryError,
  type Employee,
} from '../world/people.ts';
import { createScimAccess, scimUser, type ScimAccess } from '../world/scim-connections.ts';
import { patientTenant, type ScimWorld } from '../world/scim-world.ts';

/** A call of the worker that is held, from a state of the shipment on. */
interface Moment {
  service: 'okta' | 'provider';
  match: (employee: Employee) => { method: string; path: string };
  /** Null: from the request on. */
  isBefore: ((shipment: ShipmentView) => boolean) | null;
}

const moments: Readonly<Record<string, Moment>> = {
  'orders the key': {
    service: 'provider',
    match: () => ({ method: 'POST', path: '/v1/fpr/shipments' }),
    isBefore: null,
  },
  'activates the credential': {
    service: 'okta',
    match: () => ({ method: 'POST', path: '/webauthn-registration/api/v1/activate' }),
    isBefore: ({ order }) => order.state === 'placed',
  },
  'reads the user before the PIN mail': {
    service: 'okta',
    match: ({ id }) => ({ method: 'GET', path: `/api/v1/users/${id}` }),
    isBefore: ({ order }) => order.state === 'placed',
  },
};

const faultsShape = z.array(z.looseObject({ hits: z.number() }));
const history = z.object({ items: z.array(z.looseObject({ event: z.string().optional() })) });

export function deactivationsMeetRunningWork(current: () => ScimWorld): void {
  const tenant = patientTenant;
  const world = () => current().world;
  const faultsOf = (service: Moment['service']): string => {
    const { oktaSimulator, fulfillmentSimulator } = world().stack.local;
    return `${service === 'okta' ? oktaSimulator : fulfillmentSimulator}/sim/faults`;
  };
  const setFaults = (service: Moment['service'], faults: readonly object[]) =>
    callOk('PUT', faultsOf(service), { body: faults });

  let access: ScimAccess;
  beforeAll(async () => {
    access = await createScimAccess(world(), { url: current().proxy.url, name: 'Meets running work', tenant });
  });
  afterEach(async () => {
    await Promise.all([setFaults('okta', []), setFaults('provider', []), world().provider.setClock(86_400)]);
  });

  const setActive = async (employee: Employee, active: boolean): Promise<void> => {
    const { id } = await scimUser(access, employee.login);
    const { status } = await access.send('PATCH', `/Users/${id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', value: { active } }],
    });
    if (status !== 200) throw new StoryError(`The PATCH of active is answered ${status}`);
  };

  /** Each attempt that began before the suspension has ended. */
  const untilIdle = (id: string): Promise<unknown> =>
    waitUntil('the end of what was running', async () => {
      const running = await queryLedger(
        world(),
        `select from step_attempts where shipment_id = $1 and ended_at is null and leased_until > now()
           and started_at < (select max(at) from history where shipment_id = $1 and event = 'shipment.suspended')`,
        [id],
      );
      return running.length === 0;
    });

  const eventsOf = async (id: string): Promise<(string | undefined)[]> =>
    history
      .parse(await world().api(tenant).sendOk('GET', `/v1/shipments/${id}/events`))
      .items.map(({ event }) => event);

  /** The person is deactivated while the call is under way; the shipment as it is when that has ended. */
  async function deactivateDuring({ service, match, isBefore }: Moment): Promise<[Employee, ShipmentView]> {
    const employee = await createEmployee(world());
    await access.send('POST', '/Users', { userName: employee.login, externalId: employee.id });
    const arm = () => setFaults(service, [{ match: match(employee), respond: { hold: true }, times: 1 }]);
    await world().provider.setClock(1);
    if (isBefore === null) await arm();
    await world()
      .api(tenant)
      .request({ login: employee.login, ...product });
    if (isBefore !== null) {
      await shipmentWhen(world(), employee, isBefore, { tenant });
      await arm();
      await world().provider.setClock(86_400);
    }
    await waitUntil('the call', async () =>
      faultsShape.parse(await callOk('GET', faultsOf(service))).some(({ hits }) => hits === 1),
    );
    await setActive(employee, false);
    const { id } = await shipmentWhen(world(), employee, ({ hold }) => hold?.code === 'suspended', { tenant });
    await setFaults(service, []);
    await untilIdle(id);
    return [employee, await world().api(tenant).shipment(id)];
  }

  describe.each(Object.entries(moments))('a person who is deactivated while the worker %s', (_, moment) => {
    test('gets no PIN until they are reactivated, and one key and one PIN then', async () => {
      const [employee, { id, hold }] = await deactivateDuring(moment);
      expect([hold?.code, await pinsFor(world(), employee.login)]).toEqual(['suspended', []]);
      await world().provider.setClock(86_400);
      await setActive(employee, true);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      const orders = await world().provider.orders(tenant);
      expect(orders.filter(({ customer_reference }) => customer_reference?.startsWith(id))).toHaveLength(1);
      expect(await world().org(tenant).enrollments(employee.id)).toMatchObject([{ status: 'ACTIVE' }]);
      expect(await world().api(tenant).shipmentsOf(employee.id)).toHaveLength(1);
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
      const events = await eventsOf(id);
      expect(events.indexOf('pin.sending')).toBeGreaterThan(events.indexOf('shipment.unsuspended'));
    });
  });
}
