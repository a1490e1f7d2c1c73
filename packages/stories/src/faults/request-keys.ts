import { setTimeout as sleep } from 'node:timers/promises';

import { waitUntil } from '@keycourier/local/clients/wait-until';

import { createEmployee, product, type Employee } from '../world/people.ts';
import type { World } from '../world/world.ts';

/** Where the people of the run sign in, with `--hub`. */
export const faultyHub = 'acme-hub';
/** The group of all of them, which is pushed there. */
export const pushedGroup = 'Staff of the run';

/** Holds requests back, and waits for those that are under way. */
export interface Gate {
  run: (request: () => Promise<unknown>) => Promise<void>;
  close: () => Promise<void>;
  open: () => void;
}

export function createGate(): Gate {
  let opened = Promise.resolve();
  let open = (): void => undefined;
  const underWay = new Set<Promise<unknown>>();
  return {
    run: async (request) => {
      await opened;
      const running = request().finally(() => underWay.delete(running));
      underWay.add(running);
      await running;
    },
    close: async () => {
      opened = new Promise((resolve) => {
        open = resolve;
      });
      await Promise.allSettled(underWay);
    },
    open: () => open(),
  };
}

export async function createStaff(world: World, count: number): Promise<Employee[]> {
  const staff: Employee[] = [];
  while (staff.length < count) {
    const some = Array.from({ length: Math.min(10, count - staff.length) }, () => createEmployee(world));
    staff.push(...(await Promise.all(some)));
  }
  return staff;
}

/** Pushes a group of all of them to the hub, where there is one: who joins while it is made joins there later. */
export async function pushStaff(world: World, staff: readonly Employee[]): Promise<void> {
  if (world.stack.local.hub === undefined) return;
  const groupId = await world.org().createGroup(pushedGroup);
  await waitUntil('the acceptance of a group', async () => {
    const { status } = await world.api().send('POST', '/v1/hub/groups', { groupId });
    return status < 300;
  });
  for (const { id } of staff) await world.org().addToGroup(groupId, id);
}

const rowsOfBatch = 25;

/** Asks for a key for each: for every second person in the org, which calls the hook, for the others in batches. */
export async function requestKeys(
  world: World,
  staff: readonly Employee[],
  { gate, withinMs }: { gate: Gate; withinMs: number },
): Promise<void> {
  const byBatch = staff.filter((_one, index) => index % 2 === 1);
  const requests = staff
    .filter((_one, index) => index % 2 === 0)
    .map(({ id }, index) => async (): Promise<void> => {
      const rows = byBatch.slice(index, index + rowsOfBatch);
      if (index % rowsOfBatch === 0 && rows.length > 0) await requestBatch(world, rows, index);
      await gate.run(() => world.org().initiate(id, product));
    });
  for (const request of requests) {
    await request();
    await sleep(withinMs / requests.length);
  }
}

/** Sends the file until it is accepted, with one Idempotency-Key, as a script does. */
async function requestBatch(world: World, people: readonly Employee[], index: number): Promise<void> {
  const columns = ['login', ...Object.keys(product)];
  const file = [columns, ...people.map(({ login }) => [login, ...Object.values(product)])]
    .map((cells) => cells.join(','))
    .join('\n');
  const headers = { 'idempotency-key': `batch-${index}` };
  const isAccepted = async (): Promise<boolean> =>
    (await world.api().upload('/v1/batches', file, headers)).status === 202;
  await waitUntil('the acceptance of a batch', isAccepted);
}
