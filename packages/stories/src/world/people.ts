import type { ShipmentView } from '@keycourier/local/clients/keycourier-api';
import { mailsTo, pinIn, type Mail } from '@keycourier/local/clients/mailbox';
import type { Profile } from '@keycourier/local/clients/okta-org';
import { inventPerson, type Person } from '@keycourier/local/clients/people';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { explainPerson } from './explain-person.ts';
import type { World } from './world.ts';

export const product = { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' };

export interface Employee extends Person {
  id: string;
}

/** Creates a user in the org: STAGED for a new employee, else ACTIVE. */
export async function createEmployee(
  world: World,
  { staged = false, tenant, profile = {} }: { staged?: boolean; tenant?: string; profile?: Profile } = {},
): Promise<Employee> {
  const person = inventPerson(profile);
  const { id } = await world.org(tenant).createUser(person.profile, { staged });
  return { ...person, id };
}

/** Waits until the newest shipment of an employee (or any of them) meets a condition. */
export function shipmentWhen(
  world: World,
  employee: Employee,
  isMet: (shipment: ShipmentView) => boolean,
  {
    tenant,
    timeoutMs = 240_000,
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
      return shipments.slice(0, among === 'newest' ? 1 : shipments.length).find(isMet) ?? null;
    },
    { timeoutMs },
  ).catch(async (cause: unknown) => {
    const known = await explainPerson(world, employee, tenant ?? world.stack.local.tenant);
    throw new StoryError(`The shipment of ${employee.login} did not meet the condition; it is ${last}\n  ${known}`, {
      cause,
    });
  });
}

/** A story cannot continue. */
export class StoryError extends Error {
  readonly code = 'story_failed';
  readonly level = 'error';
}

export const isPinSent = ({ pin }: ShipmentView): boolean => pin.state === 'sent';
export const isHeld = ({ hold }: ShipmentView): boolean => hold !== null;

export const mailsFor = (world: World, address: string): Promise<Mail[]> => mailsTo(world.stack.local.inbox, address);

/**
 * The PINs that were mailed to an address. A mail whose acceptance was not recorded is sent again with its Message-ID, and is
 * the same.
 */
export async function pinsFor(world: World, address: string): Promise<string[]> {
  const mails = new Map((await mailsFor(world, address)).map((mail) => [mail.messageId, mail]));
  return [...mails.values()].map(pinIn).filter((pin) => pin !== null);
}
