import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { freePort } from '@keycourier/runtime/testing/free-port';
import { z } from 'zod';

import { createWorld, type Backend, type World } from '../world/world.ts';
import {
  countKeys,
  countLeftovers,
  countWaiting,
  countWrongMemberships,
  judge,
  longestIdleSeconds,
  type Totals,
} from './count-keys.ts';
import { injectFaults } from './inject-faults.ts';
import { describeFault, planFaults, workers, type Fault } from './plan-faults.ts';
import { createGate, createStaff, faultyHub, pushStaff, requestKeys } from './request-keys.ts';

export interface FaultOptions {
  seed: number;
  backend: Backend;
  keys: number;
  faults: number;
  /** People sign in in a hub, where a group of them is pushed, too. */
  hasHub: boolean;
  /** What each org allows. */
  callsPerMinute: number;
  /** For how long the keys are awaited after the last fault. */
  waitMs: number;
  onProgress: (what: string) => void;
  /** With what stops everything that was started. */
  onStarted?: (stop: () => Promise<void>) => void;
}

export interface FaultReport extends Totals {
  seed: number;
  backend: Backend;
  keys: number;
  faults: number;
  faultSeconds: number;
  /** People whose key was not done at the end of the last fault: those take their time also where nothing waits. */
  waiting: number;
  /** From the end of the last fault to the last PIN mail; null where some are missing after `waitMs`. */
  lastKeySeconds: number | null;
  /** The longest time after the last fault in which nothing was done for a key while some were waiting. */
  idleSeconds: number;
  /** Calls that an org refused for its rate limit, since it was started last. */
  refused: number;
  /** Of the group in the hub, those that it should not have, or lacks. */
  memberships: number;
  leftovers: Awaited<ReturnType<typeof countLeftovers>>;
  /** Messages at level error in the logs of the workers, receiver and API, with their number. */
  errors: Readonly<Record<string, number>>;
}

/** Requests come in this part of the time in which faults begin: what is asked for last can fail too. */
const requestShare = 0.6;

/** Requests keys while faults happen in a stack with three workers; counts the keys when the faults are over. */
export async function runFaults(options: FaultOptions): Promise<FaultReport> {
  const world = await createFaultyWorld(options);
  options.onStarted?.(world.stop);
  try {
    return await runIn(world, options);
  } finally {
    await world.stop();
  }
}

async function createFaultyWorld({ backend, hasHub, callsPerMinute }: FaultOptions): Promise<World> {
  // What is started again must be found again; the org and the hook keep URLs.
  const [receiver, okta, provider] = await Promise.all([freePort(), freePort(), freePort()]);
  const world = await createWorld({
    backend,
    tenants: [{ name: 'acme', ownOrg: true, maxRequestsInFlight: 10, ...(hasHub ? { hub: faultyHub } : {}) }],
    ports: {
      RECEIVER_PORT: String(receiver),
      OKTA_SIMULATOR_PORT: String(okta),
      FULFILLMENT_SIMULATOR_PORT: String(provider),
    },
  });
  for (const name of workers.slice(1)) await world.stack.restart('worker', { name });
  for (const url of orgsOf(world))
    await callOk('PUT', `${url}/sim/rate-limit`, { body: { limitPerMinute: callsPerMinute } });
  return world;
}

const orgsOf = ({ stack: { local } }: World): readonly string[] => [
  local.oktaSimulator,
  ...(local.hub === undefined ? [] : [local.hub.url]),
];

const uses = z.array(z.looseObject({ refused: z.number() }));

async function countRefused(world: World): Promise<number> {
  let sum = 0;
  for (const url of orgsOf(world))
    for (const { refused } of uses.parse(await callOk('GET', `${url}/sim/rate-limit`))) sum += refused;
  return sum;
}

async function runIn(world: World, options: FaultOptions): Promise<FaultReport> {
  const { seed, backend, keys, waitMs, onProgress } = options;
  const faults = planFaults(options);
  const staff = await createStaff(world, keys);
  await pushStaff(world, staff);
  const gate = createGate();
  const startedAtMs = performance.now();
  const onFault = (fault: Fault): void =>
    onProgress(`${secondsSince(startedAtMs).toFixed(1).padStart(6)} s  ${describeFault(fault)}`);
  await Promise.all([
    requestKeys(world, staff, { gate, withinMs: requestShare * faults.reduce((sum, { afterMs }) => sum + afterMs, 0) }),
    injectFaults(faults, { world, gate, onFault }),
  ]);
  const faultSeconds = secondsSince(startedAtMs);
  const faultsEndedAt = new Date();
  const waiting = await countWaiting(world, staff);
  const lastKeySeconds = await untilAllEnded(world, { staff, waitMs, onProgress });
  if (lastKeySeconds !== null) await untilStepsEnded(world);
  const counts = await countKeys(world, staff);
  return {
    seed,
    backend,
    keys,
    faults: faults.length,
    faultSeconds,
    waiting,
    lastKeySeconds,
    idleSeconds: await longestIdleSeconds(world, faultsEndedAt),
    ...judge(counts),
    refused: await countRefused(world),
    memberships: await countWrongMemberships(world, staff),
    leftovers: await countLeftovers(world),
    errors: await countErrors(world),
  };
}

const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1_000;

async function untilAllEnded(
  world: World,
  {
    staff,
    waitMs,
    onProgress,
  }: Pick<FaultOptions, 'waitMs' | 'onProgress'> & { staff: Parameters<typeof countWaiting>[1] },
): Promise<number | null> {
  const startedAtMs = performance.now();
  let last = -1;
  for (;;) {
    const waiting = await countWaiting(world, staff);
    if (waiting === 0) return secondsSince(startedAtMs);
    if (performance.now() - startedAtMs > waitMs) return null;
    if (waiting !== last)
      onProgress(`${secondsSince(startedAtMs).toFixed(1).padStart(6)} s  after the faults: ${waiting} wait`);
    last = waiting;
    await sleep(250);
  }
}

/** What is done twice may be done late: the last steps end first. */
const untilStepsEnded = (world: World): Promise<unknown> =>
  waitUntil(
    'the last steps',
    async () => {
      const { events, steps } = await countLeftovers(world);
      return events + steps === 0;
    },
    { timeoutMs: 480_000 },
  ).catch(() => null);

async function countErrors({ stack }: World): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of [...workers, 'receiver', 'api']) {
    const log = await readFile(join(stack.dataDir, 'logs', `${name}.log`), 'utf8');
    for (const line of log.split('\n')) {
      const [, message] = /"level":[56]0,.*"msg":"([^"]*)"/.exec(line) ?? [];
      if (message !== undefined) counts[message] = (counts[message] ?? 0) + 1;
    }
  }
  return counts;
}
