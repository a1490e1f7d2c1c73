import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';

import { run, type Ran } from './run.ts';
import { writeSetup, type WrittenSetup } from './setup.ts';
import { setReady, startWorld, type World } from './world.ts';

export const now = (): Date => new Date('2029-11-30T12:00:00Z');

/** `keycourier doctor` in a world of the test file, with a data dir that is new in each test. */
export interface DoctorUnderTest {
  readonly world: World;
  readonly setup: WrittenSetup;
  /** Runs all checks, with these variables besides those of the set-up, and further arguments. */
  doctor: (environment?: Readonly<Record<string, string>>, ...more: string[]) => Promise<Ran>;
  changeTenant: (change: () => void) => Promise<void>;
}

/** @param hasHook whether `okta setup` has run in each test */
export function doctorForEachTest({ hasHook }: { hasHook: boolean }): DoctorUnderTest {
  let world: World;
  let setup: WrittenSetup;
  const oktaSetup = (...more: string[]) => run(['okta', 'setup', ...more], { environment: setup.environment });
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    setReady(world);
    setup = await writeSetup(world);
    if (hasHook) await oktaSetup();
  });
  afterEach(async () => {
    await endFaults(world);
    if (hasHook) await oktaSetup('--remove');
    await setup.remove();
  });
  return {
    get world() {
      return world;
    },
    get setup() {
      return setup;
    },
    doctor: (environment = {}, ...more) =>
      run(['doctor', '--json', '--timeout', '60', ...more], {
        environment: { ...setup.environment, ...environment },
        now,
      }),
    changeTenant: async (change) => {
      change();
      await setup.writeConfig();
    },
  };
}

async function endFaults({ org, provider }: World): Promise<void> {
  await org.call('PUT', '/sim/faults', []);
  await provider.call('PUT', '/sim/faults', { body: [], token: null });
  await provider.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 10_000 }] });
}
