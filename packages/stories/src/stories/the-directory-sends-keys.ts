import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { untilDirectoryEventsAreDecided } from '../world/ledger.ts';
import { adminTasks, setProvisioning, untilProvisioned, type AppKind } from '../world/okta-app.ts';
import {
  createEmployee,
  isHeld,
  isPinSent,
  pinsFor,
  shipmentWhen,
  StoryError,
  type Employee,
} from '../world/people.ts';
import { scimUser } from '../world/scim-connections.ts';
import { patientTenant, type Connected, type ScimWorld } from '../world/scim-world.ts';

interface PushedGroup extends Connected {
  tenant: string;
  mappingId: string;
  /** A new member, who is assigned to the app and has arrived. */
  add: (profile?: Record<string, string | null>) => Promise<Employee>;
}

const appNames = ['Keys by catalogue', 'Keys by wizard', 'Keys with a short grace'] as const;

type AppName = (typeof appNames)[number];

const settings: Readonly<Record<AppName, { kind: AppKind; group: string; tenant: string }>> = {
  'Keys by catalogue': { kind: 'template', group: 'YubiKey 5 NFC', tenant: patientTenant },
  'Keys by wizard': { kind: 'wizard', group: 'YubiKey 5C NFC', tenant: patientTenant },
  'Keys with a short grace': { kind: 'template', group: 'YubiKey 5 NFC', tenant: 'acme' },
};

export function theDirectorySendsKeys(current: () => ScimWorld): void {
  const world = () => current().world;
  const shipmentsOf = (tenant: string, { id }: Employee) => world().api(tenant).shipmentsOf(id);
  const ordersOf = async (tenant: string): Promise<number> => (await world().provider.orders(tenant)).length;

  const apps = new Map<AppName, PushedGroup>();
  const appOf = (name: AppName): PushedGroup => {
    const found = apps.get(name);
    if (found === undefined) throw new StoryError(`The app ${name} is used before it is connected`);
    return found;
  };
  beforeAll(async () => {
    for (const name of appNames) apps.set(name, await pushGroup(name));
  });

  /** Connects an app and pushes a group whose members get a key. */
  async function pushGroup(name: AppName): Promise<PushedGroup> {
    const { kind, group, tenant } = settings[name];
    const connected = await current().connect(kind, name, { tenant });
    const groupId = await world().org().groupId(group);
    const mappingId = await connected.app.pushGroup(groupId);
    await untilProvisioned(world());
    const add = async (profile = {}): Promise<Employee> => {
      const employee = await createEmployee(world(), { profile });
      await connected.app.assign(employee.id);
      await world().org().addToGroup(groupId, employee.id);
      await untilProvisioned(world());
      return employee;
    };
    return { ...connected, tenant, mappingId, add };
  }

  afterEach(async () => {
    await world().provider.setClock(86_400);
    await setProvisioning(world(), { staleReactivation: false });
  });

  describe.each(['Keys by catalogue', 'Keys by wizard'] as const)(
    'a group for keys that the app "%s" pushes',
    (name) => {
      const now = (): PushedGroup => appOf(name);
      const tenant = patientTenant;

      test('gives each member exactly one key and one PIN mail, and "Push now" orders nothing', async () => {
        const employees = [await now().add(), await now().add()];
        for (const employee of employees) {
          const shipment = await shipmentWhen(world(), employee, isPinSent, { tenant });
          expect(shipment.trigger).toBe('scim-group-add');
        }
        const before = await ordersOf(tenant);
        await now().app.pushNow(now().mappingId);
        await now().app.forceSync();
        await untilProvisioned(world());
        await untilDirectoryEventsAreDecided(world());
        for (const employee of employees) {
          expect(await shipmentsOf(tenant, employee)).toHaveLength(1);
          expect(await pinsFor(world(), employee.login)).toHaveLength(1);
        }
        expect(await ordersOf(tenant)).toBe(before);
        expect(await adminTasks(world())).toEqual([]);
      });

      test('whose member’s address is incomplete holds the shipment, and it goes on when the profile is completed in Okta', async () => {
        const employee = await now().add({ city: null });
        await shipmentWhen(world(), employee, isHeld, { tenant });
        await world().org().updateUser(employee.id, { city: 'Portland' });
        const { id } = await shipmentWhen(world(), employee, isPinSent, { tenant });
        expect((await shipmentsOf(tenant, employee)).map((one) => one.id)).toEqual([id]);
      });
    },
  );

  test('the parcel goes to the address that was pushed, and the PIN to Okta’s own, with any e-mail that was pushed', async () => {
    const { app, add, access, tenant } = appOf('Keys by catalogue');
    await app.map({ email: "'pushed.' + user.email", streetAddress: "'1 Pushed Road'" });
    const employee = await add();
    const pushed = await scimUser(access, employee.login);
    expect(pushed).toMatchObject({ addresses: [{ streetAddress: '1 Pushed Road' }] });
    expect(JSON.stringify(pushed['emails'])).toContain(`"pushed.${employee.login}"`);
    const shipment = await shipmentWhen(world(), employee, isPinSent, { tenant });
    expect(shipment['profile']).toMatchObject({ streetAddress: { source: 'scim' } });
    expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    expect(await pinsFor(world(), `pushed.${employee.login}`)).toEqual([]);
  });

  describe('a person who loses the assignment', () => {
    const orderedIn = async (pushed: PushedGroup): Promise<Employee> => {
      await world().provider.setClock(1);
      const employee = await pushed.add();
      await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant: pushed.tenant });
      return employee;
    };
    const unassign = async ({ app }: Connected, { id }: Employee): Promise<void> => {
      await app.unassign(id);
      await untilProvisioned(world());
    };
    const isSuspended = ({ hold }: { hold: { code: string } | null }): boolean => hold?.code === 'suspended';
    const assignAgain = async ({ app }: Connected, { id }: Employee): Promise<void> => {
      await app.assign(id);
      await untilProvisioned(world());
    };

    test('is suspended at once, and assigned again within the grace, goes on as if nothing was', async () => {
      const pushed = appOf('Keys by wizard');
      const { tenant } = pushed;
      const employee = await orderedIn(pushed);
      await unassign(pushed, employee);
      await shipmentWhen(world(), employee, isSuspended, { tenant });
      await assignAgain(pushed, employee);
      await shipmentWhen(world(), employee, ({ hold }) => hold === null, { tenant });
      await world().provider.setClock(86_400);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      expect(await shipmentsOf(tenant, employee)).toHaveLength(1);
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    });

    test('and whose stale profile arrives after the reactivation is only suspended until the next push', async () => {
      const pushed = appOf('Keys by catalogue');
      const { tenant } = pushed;
      const employee = await orderedIn(pushed);
      await unassign(pushed, employee);
      await setProvisioning(world(), { staleReactivation: true });
      await assignAgain(pushed, employee);
      expect(await scimUser(pushed.access, employee.login)).toMatchObject({ active: false });
      await shipmentWhen(world(), employee, isSuspended, { tenant });
      await setProvisioning(world(), { staleReactivation: false });
      await unassign(pushed, employee);
      await assignAgain(pushed, employee);
      await world().provider.setClock(86_400);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      expect(await shipmentsOf(tenant, employee)).toHaveLength(1);
    });

    test('gets no key when the grace is over: the order is cancelled, or the credential revoked', async () => {
      const pushed = appOf('Keys with a short grace');
      const { tenant } = pushed;
      const [ordered, delivered] = [await orderedIn(pushed), await pushed.add()];
      await unassign(pushed, ordered);
      await shipmentWhen(world(), ordered, ({ status }) => status === 'cancelled', { tenant });
      await world().provider.setClock(86_400);
      await shipmentWhen(world(), delivered, isPinSent, { tenant });
      await unassign(pushed, delivered);
      await shipmentWhen(world(), delivered, ({ credential }) => credential.state === 'revoked', { tenant });
      const enrollments = await world().org().enrollments(delivered.id);
      expect(enrollments.filter(({ status }) => status === 'ACTIVE')).toEqual([]);
      expect(await pinsFor(world(), ordered.login)).toEqual([]);
    });
  });
}
