import { setTimeout as sleep } from 'node:timers/promises';

import { callOk } from '@keycourier/local/clients/call';

import { queryLedger } from '../world/ledger.ts';
import { StoryError } from '../world/people.ts';
import type { World } from '../world/world.ts';
import type { Fault, Target } from './plan-faults.ts';
import { faultyHub, type Gate } from './request-keys.ts';

interface Options {
  world: World;
  /** Closed while the org is away: its administrator cannot ask for a key then either. */
  gate: Gate;
  onFault: (fault: Fault) => void;
}

type Failing = Fault & { how: 'killed' | 'frozen' };

/** Lets the faults happen, and resolves when everything runs again. */
export async function injectFaults(faults: readonly Fault[], options: Options): Promise<void> {
  const lanes = new Map<Target, Promise<void>>();
  for (const fault of faults) {
    await sleep(fault.afterMs);
    const before = lanes.get(fault.target) ?? Promise.resolve();
    lanes.set(
      fault.target,
      before.then(() => {
        options.onFault(fault);
        return inject(fault, options);
      }),
    );
  }
  await Promise.all(lanes.values());
}

async function inject(fault: Fault, options: Options): Promise<void> {
  const { world, gate } = options;
  if (fault.how === 'disconnected') return disconnect(world);
  if (fault.how === 'answers') return answerBadly(fault, world);
  const failing: Failing = { ...fault, how: fault.how };
  if (fault.target === 'redis') return failRedis(failing, world);
  if (fault.target !== 'okta') return failProcess(failing, world);
  await gate.close();
  await failProcess(failing, world);
  gate.open();
}

const disconnect = async (world: World): Promise<void> =>
  void (await queryLedger(
    world,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  ));

/** The calls of keycourier; the harness uses others. */
const ofOrg: readonly string[] = [
  '/api/v1/users',
  '/api/v1/groups',
  '/api/v1/logs',
  '/webauthn-registration/api/v1/enroll',
  '/webauthn-registration/api/v1/activate',
];
const paths: Readonly<Partial<Record<Target, readonly string[]>>> = { okta: ofOrg, hub: ofOrg, provider: ['/v1'] };

async function answerBadly({ target, lastsMs, ...failure }: Fault, world: World): Promise<void> {
  const status = failure.how === 'answers' ? failure.status : 503;
  const { inbox, oktaSimulator, fulfillmentSimulator, hub } = world.stack.local;
  if (target === 'mail') {
    await control(`${inbox}/sim/smtp`, { mode: 'reject-temporarily' });
    await sleep(lastsMs);
    await control(`${inbox}/sim/smtp`, { mode: 'accept' });
    return;
  }
  const respond =
    status === 'reset' ? { drop: true } : status === 'no answer' ? { delayMs: 20_000, drop: true } : { status };
  const simulator = target === 'okta' ? oktaSimulator : target === 'hub' ? hub?.url : fulfillmentSimulator;
  const url = `${simulator ?? ''}/sim/faults`;
  await control(
    url,
    (paths[target] ?? []).map((path) => ({ match: { path }, respond })),
  );
  await sleep(lastsMs);
  await control(url, []);
}

const control = (url: string, body: unknown): Promise<unknown> => callOk('PUT', url, { body });

async function failRedis({ how, lastsMs }: Failing, { redis }: World): Promise<void> {
  const outage = redis?.outage;
  if (outage === undefined || outage === null) throw new StoryError('these faults need a Redis of their own');
  if (how === 'frozen') {
    outage.signal('SIGSTOP');
    await sleep(lastsMs);
    outage.signal('SIGCONT');
    return;
  }
  await outage.crash();
  await sleep(lastsMs);
  await outage.start();
}

/** Of those that have another name. */
const processes: Readonly<Partial<Record<Target, string>>> = {
  okta: 'okta-simulator',
  hub: `okta-simulator-${faultyHub}`,
  provider: 'fulfillment-simulator',
};

async function failProcess({ target, how, lastsMs }: Failing, { stack }: World): Promise<void> {
  const name = processes[target] ?? target;
  const child = stack.children.get(name);
  if (child === undefined) throw new StoryError(`there is no process ${name}`);
  if (how === 'frozen') {
    child.signal('SIGSTOP');
    await sleep(lastsMs);
    child.signal('SIGCONT');
    return;
  }
  await child.kill();
  await sleep(lastsMs);
  if (name !== target) await stack.restartSimulator(name);
  else await stack.restart(name === 'receiver' ? 'receiver' : 'worker', { name });
}
