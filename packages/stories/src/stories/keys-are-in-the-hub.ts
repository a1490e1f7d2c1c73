import { describe, expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import type { KeycourierApi, ShipmentView } from '@keycourier/local/clients/keycourier-api';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { all, hubName, listUsers, withoutHub, type HubWorld, type OrgName } from '../world/hub-world.ts';
import {
  createEmployee,
  isHeld,
  isPinSent,
  mailsFor,
  pinsFor,
  product,
  shipmentWhen,
  type Employee,
} from '../world/people.ts';

export function keysAreInTheHub(hubWorld: () => HubWorld): void {
  const world = () => hubWorld().world;
  const org = () => world().org();
  const ask: Readonly<Record<string, (employee: Employee) => Promise<unknown>>> = {
    'group-add': async ({ id }) => org().addToGroup(await org().groupId('YubiKey 5 NFC'), id),
    'mfa-initiated': ({ id }) => org().initiate(id, product),
    api: ({ login }) =>
      world()
        .api()
        .request({ login, ...product }),
    batch: ({ login }) =>
      world()
        .api()
        .sendOk('POST', '/v1/batches', { rows: [{ login, ...product }] }),
  };

  describe('a key of a tenant with a hub', () => {
    let staff: readonly Employee[] = [];

    test('is made and activated in the hub by each trigger: one person, one key and one PIN, and nothing in the spoke', async () => {
      const triggers = Object.entries(ask).map(async ([trigger, request]) => {
        const employee = await createEmployee(world(), { staged: trigger === 'mfa-initiated' });
        await request(employee);
        const shipment = await shipmentWhen(world(), employee, isPinSent);
        expect([trigger, await madeFor(hubWorld(), employee, shipment)]).toEqual([trigger, onceInTheHub]);
        return shipment.trigger;
      });
      expect(await Promise.all(triggers)).toEqual(Object.keys(ask));
    });

    test('follows once the hub is back: no one is lost, made twice or held, and the keys of other orgs go on', async () => {
      const { children, restartSimulator } = world().stack;
      const staff = await createStaff(4);
      // What is held is lost with the hub.
      await control('PUT', '/faults', [{ match: { method: 'POST', path: '/api/v1/users' }, respond: { hold: true } }]);
      await world()
        .api()
        .sendOk('POST', '/v1/batches', { rows: staff.slice(0, 2).map(({ login }) => ({ login, ...product })) });
      await waitUntil('a job that calls the hub', async () =>
        faults.parse(await control('GET', '/faults')).some(({ hits }) => hits > 0),
      );
      await children.get(hubProcess)?.kill();
      for (const employee of staff.slice(2)) await ask['group-add']?.(employee);
      const other = await createEmployee(world());
      const tenant = withoutHub;
      await world()
        .api(tenant)
        .request({ login: other.login, ...product });
      await shipmentWhen(world(), other, isPinSent, { tenant });
      expect(await enrollmentsIn('acme', other.id)).toEqual(['ACTIVE']);
      for (const employee of staff) {
        await shipmentWhen(world(), employee, () => true);
        expect(await world().api().shipmentsOf(employee.id)).toMatchObject([{ hold: null, pin: { state: 'none' } }]);
      }
      await restartSimulator(hubProcess);
      for (const employee of staff) await expectOneKey(employee);
    });

    test('is for the same person of the hub after their login changed in the spoke, which the hub follows', async () => {
      const employee = await createEmployee(world());
      await ask['api']?.(employee);
      const { hub } = await shipmentWhen(world(), employee, isPinSent);
      const login = `renamed-${employee.login}`;
      await org().updateUser(employee.id, { login });
      const renamed = await waitUntil(
        'the new login in the hub',
        async () => (await listUsers(hubWorld().sdkOf(hubName), `profile.login eq "${login}"`))[0],
      );
      expect([renamed.id, await listUsers(hubWorld().sdkOf(hubName), `profile.login eq "${employee.login}"`)]).toEqual([
        hub?.userId,
        [],
      ]);
    });

    test('does not wait for people who are pushed at the pace of the hub’s rate limit, which refuses none of the calls', async () => {
      staff = await createStaff(assigned);
      // Half of a window's calls are for them: they wait for well over a minute, and what waits for its end goes on soon after.
      await limitHub({ limitPerMinute, windowMs: 30_000 });
      await world()
        .api()
        .sendOk('POST', '/v1/hub/assignments', { userIds: staff.map(({ id }) => id) });
      await waitUntil('some of them to be in the hub', async () => (await peopleOfHub()).due < assigned);
      const newHire = await createEmployee(world(), { staged: true });
      await org().initiate(newHire.id, product);
      await expectOneKey(newHire);
      expect((await peopleOfHub()).due).toBeGreaterThan(0);
      const used = uses.parse(await control('GET', '/rate-limit'));
      expect(used.flatMap(({ bucket, refused }) => (refused > 0 ? [bucket] : []))).toEqual([]);
      expect(used.some(({ calls }) => calls > 0)).toBe(true);
      await limitHub({ limitPerMinute: 60_000, windowMs: 60_000 });
    });

    test('is not for one of another spoke with the same login, who sees nothing of the first', async () => {
      const first = await createEmployee(world());
      await ask['api']?.(first);
      const made = await shipmentWhen(world(), first, isPinSent);
      const { login } = first;
      const second = await createEmployee(world(), { tenant: 'globex', profile: { login, email: login } });
      await world()
        .api('globex')
        .request({ userId: second.id, ...product });
      const held = await shipmentWhen(world(), second, isHeld, { tenant: 'globex' });
      expect(held).toMatchObject({ hold: { code: 'hub_person_missing' }, problems: [{ code: 'linked_elsewhere' }] });
      expect(await pinsFor(world(), login)).toHaveLength(1);
      const traces = [first.id, made.id, made.hub?.userId ?? '', made.credential.enrollmentId ?? ''];
      expect(await readEverything(world().api('globex'), traces)).toEqual({ isRead: true, seen: [] });
      expect(await readEverything(world().api(), traces)).toMatchObject({ isRead: true, seen: traces });
    });

    test('and those who waited for the rate limit are in the hub once each in the end', async () => {
      await waitUntil('all of them to be in the hub', async () => (await peopleOfHub()).due === 0);
      const logins = (await listUsers(hubWorld().sdkOf(hubName))).map(({ profile }) => profile?.login);
      expect(staff.filter(({ login }) => logins.filter((one) => one === login).length !== 1)).toEqual([]);
    });
  });

  const peopleOfHub = async (): Promise<z.infer<typeof peopleState>> =>
    peopleState.parse(await world().api().sendOk('GET', '/v1/hub/people/counts'));
  const createStaff = (count: number): Promise<Employee[]> =>
    Promise.all(Array.from({ length: count }, () => createEmployee(world())));
  const expectOneKey = async (employee: Employee): Promise<void> => {
    const shipment = await shipmentWhen(world(), employee, isPinSent);
    expect(await madeFor(hubWorld(), employee, shipment)).toEqual(onceInTheHub);
  };
  const enrollmentsIn = async (org: OrgName, userId: string): Promise<string[]> =>
    (await world().org(org).enrollments(userId)).map(({ status }) => status);
  /** A control of the hub, below /sim. */
  const control = (method: 'GET' | 'PUT', path: string, body?: object): Promise<unknown> =>
    callOk(method, `${world().stack.simulators.oktaUrlOf(hubName)}/sim${path}`, body === undefined ? {} : { body });
  const limitHub = (body: object): Promise<unknown> => control('PUT', '/rate-limit', body);
}

const hubProcess = `okta-simulator-${hubName}`;
/** Each of them needs some calls: more than the hub allows in some windows. */
const [assigned, limitPerMinute] = [60, 100];
const peopleState = z.looseObject({ due: z.number() });
const faults = z.array(z.looseObject({ hits: z.number() }));
const uses = z.array(z.looseObject({ bucket: z.string(), calls: z.number(), refused: z.number() }));

const onceInTheHub = { people: 1, isTheirs: true, inHub: ['ACTIVE'], inSpoke: [], pins: 1, otherMails: 0 };

/** What both orgs and the mailbox have of a person and their key, by Okta's own client. */
async function madeFor(
  hubWorld: HubWorld,
  { id, login, secondEmail }: Employee,
  shipment: ShipmentView,
): Promise<typeof onceInTheHub | object> {
  const { world, sdkOf } = hubWorld;
  const hub = await listUsers(sdkOf(hubName), `profile.login eq "${login}"`);
  const enrollments = async (org: OrgName, userId: string) =>
    (await all(await sdkOf(org).webAuthnPreregistrationApi.listWebAuthnPreregistrationFactors({ userId }))).map(
      ({ status }) => status,
    );
  const isNew = shipment.pin.sentTo?.endsWith('@home.example') === true;
  const [address, other] = isNew ? [secondEmail, login] : [login, secondEmail];
  return {
    people: hub.length,
    isTheirs: hub[0]?.id === shipment.hub?.userId,
    inHub: await enrollments(hubName, hub[0]?.id ?? ''),
    inSpoke: await enrollments('acme', id),
    pins: (await pinsFor(world, address)).length,
    otherMails: (await mailsFor(world, other)).length,
  };
}

const paths = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Reads all that an API key may read, and asks for each of these ids wherever an id is asked for. @returns those that were seen */
async function readEverything(
  { send, sendOk }: KeycourierApi,
  ids: readonly string[],
): Promise<{ isRead: boolean; seen: readonly string[] }> {
  const document = paths.parse(await sendOk('GET', '/v1/openapi.json'));
  const readable = Object.entries(document.paths).flatMap(([path, methods]) => ('get' in methods ? [path] : []));
  const requested = readable.flatMap((path) => {
    const filters = path === '/v1/shipments' ? ids.map((id) => `?user=${id}`) : [];
    const whole = ids.map((id) => path.replaceAll(/\{\w+\}/g, id));
    return path.includes('{') ? whole : [path, ...filters.map((filter) => `${path}${filter}`)];
  });
  const texts: string[] = [];
  for (const path of requested) {
    const { status, body } = await send('GET', path);
    if (status < 300) texts.push(JSON.stringify(body));
  }
  return { isRead: texts.length > 10, seen: ids.filter((id) => texts.some((text) => text.includes(id))) };
}
