import type { ShipmentView } from '@keycourier/local/clients/keycourier-api';
import { mailsTo, pinIn, type Mail } from '@keycourier/local/clients/mailbox';
import type { Profile } from '@keycourier/local/clients/okta-org';
import { inventPerson, type Person } from '@keycourier/local/clients/people';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import type { World } from './world.ts';

export const product = { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' };

export interface Employee extends Person {
  id: string;
}

/** Somebody who is in the org: a new hire (STAGED) or a colleague who signs in every day (ACTIVE). */
export async function hire(
  world: World,
  { staged = false, tenant, profile = {} }: { staged?: boolean; tenant?: string; profile?: Profile } = {},
): Promise<Employee> {
  const person = inventPerson(profile);
  const { id } = await world.org(tenant).createUser(person.profile, { staged });
  return { ...person, id };
}

/** The newest shipment of a person (or any, of several), once it is as `wanted`. */
export function shipmentWhen(
  world: World,
  employee: Employee,
  wanted: (shipment: ShipmentView) => boolean,
  {
    tenant,
    timeoutMs = 90_000,
    among = 'newest',
  }: { tenant?: string; timeoutMs?: number; among?: 'newest' | 'all' } = {},
): Promise<ShipmentView> {
  let last = 'none yet';
  return waitUntil(
    `the shipment of ${employee.login}`,
    async () => {
      const shipments = await world.api(tenant).shipmentsOf(employee.id);
      last =
        shipments.map(({ status, hold, problems }) => `${status}, ${JSON.stringify(hold ?? problems)}`).join('; ') ||
        last;
      return shipments.slice(0, among === 'newest' ? 1 : shipments.length).find(wanted) ?? null;
    },
    { timeoutMs },
  ).catch((cause: unknown) => {
    throw new StoryError(`The shipment of ${employee.login} did not come as far as wanted; it is ${last}`, { cause });
  });
}

/** A story went another way than it was told. */
export class StoryError extends Error {
  readonly code = 'story_went_wrong';
  readonly level = 'error';
}

export const isPinSent = ({ pin }: ShipmentView): boolean => pin.state === 'sent';
export const isHeld = ({ hold }: ShipmentView): boolean => hold !== null;

export const mailsFor = (world: World, address: string): Promise<Mail[]> => mailsTo(world.stack.local.inbox, address);

/** Every PIN that was mailed to somebody's address. */
export async function pinsFor(world: World, address: string): Promise<string[]> {
  return (await mailsFor(world, address)).map(pinIn).filter((pin) => pin !== null);
}
