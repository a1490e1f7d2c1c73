import { parseEnvironment } from '@keycourier/runtime/environment';
import { createLogger } from '@keycourier/runtime/logger';

import { demoEnvironment } from './demo/environment.ts';
import {
  createClients,
  DemoFailed,
  isActiveInOkta,
  requestKeys,
  testHub,
  waitForPin,
  type DeliveredPin,
} from './demo/key-requests.ts';
import { hubName, localEnvironment, localOptions } from './environment.ts';
import { startStack } from './stack/stack.ts';

/** As long as a process of the stack may take to start: a busy machine needs more than a minute for a key. */
const timeoutMs = 240_000;

/**
 * `npm run demo`: boots everything, follows four keys to their PIN mails, and ends with exit code 0, or 1 and the reason.
 * With `--hub` people sign in in a second org, whose credentials are tested first.
 */
async function demo(): Promise<void> {
  const { hub } = localOptions(process.argv.slice(2));
  const startedAt = Date.now();
  const elapsed = (): string => `${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s`;
  const print = (text: string): void => console.log(`${elapsed()}  ${text}`);
  print(
    `starting Postgres, a mail server, ${hub ? 'two Okta orgs' : 'an Okta org'}, a YubiKey fulfillment API, and keycourier …`,
  );
  const environment = parseEnvironment(localEnvironment, demoEnvironment(process.env));
  const tenants = [{ name: 'acme', ownOrg: true, ...(hub ? { hub: hubName } : {}) }];
  const log = createLogger({ name: 'local', level: 'warn' });
  const stack = await startStack({ environment, tenants, databaseSuffix: '_demo', log });
  const stop = once(() => stack.stop());
  process.once('SIGINT', () => void stop().finally(() => process.exit(130)));
  try {
    print(`ready; inbox: ${stack.local.inbox}, console: ${stack.local.console}`);
    const clients = createClients(stack.local);
    if (hub) await testHub(clients, print);
    const requests = await requestKeys(clients);
    for (const { name, trigger } of requests) print(`requested a key for ${name} (${trigger})`);
    const delivered = await Promise.all(
      requests.map((request) =>
        waitForPin(clients, request, { onStatus: (status) => print(`${request.name}: ${status}`), timeoutMs }),
      ),
    );
    for (const one of delivered)
      if (!(await isActiveInOkta(clients, one)))
        throw new DemoFailed(`Okta has no active credential for ${one.request.name}`);
    summarize(delivered, elapsed());
  } finally {
    await stop();
  }
}

function summarize(delivered: readonly DeliveredPin[], time: string): void {
  const where = delivered.some(({ shipment }) => shipment.hub !== null) ? 'in the hub' : 'in Okta';
  console.log(`\nAll keys have shipped, their credentials are active ${where}, and their PINs have been mailed:\n`);
  for (const { request, shipment, mail } of delivered)
    console.log(
      `  ${request.name.padEnd(18)} ${request.trigger.padEnd(26)} key ${shipment.credential.serial ?? '?'}   PIN mailed to ${mail.to[0]?.address ?? '?'}`,
    );
  console.log(`\n${delivered.length} keys in ${time.trim()}. Run "npm start" to explore.`);
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
