import { createLogger } from '@keycourier/runtime/logger';
import { parseEnvironment } from '@keycourier/runtime/parse-environment';

import { follow, isActiveInOkta, sendEverybodyAKey, worldOf, DemoFailed, type Arrived } from './demo/steps.ts';
import { localEnvironment } from './environment.ts';
import { startStack } from './stack/stack.ts';

const storyTimeoutMs = 90_000;

/** `npm run demo`: boots everything, tells the story of four keys, and ends with exit code 0, or 1 and the reason. */
async function demo(): Promise<void> {
  const startedAt = Date.now();
  const since = (): string => `${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s`;
  const say = (text: string): void => console.log(`${since()}  ${text}`);
  say('booting: Postgres, mail, an Okta org, a YubiKey fulfillment API, and keycourier itself …');
  const environment = parseEnvironment(localEnvironment, process.env);
  const stack = await startStack({ environment, log: createLogger({ name: 'local', level: 'warn' }) });
  const stop = once(() => stack.stop());
  process.once('SIGINT', () => void stop().finally(() => process.exit(130)));
  try {
    say(`ready. The inbox is at ${stack.local.inbox}, the console at ${stack.local.console}`);
    const world = worldOf(stack.local);
    const travellers = await sendEverybodyAKey(world);
    for (const { name, how } of travellers) say(`asked: a key for ${name} (${how})`);
    const arrived = await Promise.all(
      travellers.map((traveller) =>
        follow(world, traveller, (status) => say(`${traveller.name} is ${status}`), storyTimeoutMs),
      ),
    );
    for (const one of arrived)
      if (!(await isActiveInOkta(world, one)))
        throw new DemoFailed(`Okta has no active credential for ${one.traveller.name}`);
    summarize(arrived, since());
  } finally {
    await stop();
  }
}

function summarize(arrived: readonly Arrived[], time: string): void {
  console.log('\nEvery key is on its way, its credential is active in Okta, and its PIN is with its owner:\n');
  for (const { traveller, shipment, mail } of arrived)
    console.log(
      `  ${traveller.name.padEnd(18)} ${traveller.how.padEnd(26)} key ${shipment.credential.serial ?? '?'}   PIN mailed to ${mail.to[0]?.address ?? '?'}`,
    );
  console.log(`\n${arrived.length} keys in ${time.trim()}. Run "npm start" to look around.`);
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => (running ??= run());
}

demo().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
