import { parseEnvironment } from '@keycourier/runtime/environment';
import { createLogger } from '@keycourier/runtime/logger';

import { hubName, localEnvironment, localOptions } from './environment.ts';
import type { LocalFile } from './stack/local-file.ts';
import type { StackTenant } from './stack/settings.ts';
import { startStack } from './stack/stack.ts';
import { superviseApps } from './stack/supervise.ts';

/** As in production: a stack that runs all day must not work at rest. */
const restful = { SWEEP_EVERY_MS: '15000', JOB_LOCK_CHECK_EVERY_MS: '5000' };
const tenantOf = ({ hub }: { hub: boolean }): StackTenant => ({
  name: 'acme',
  ownOrg: true,
  catchUp: { every: '20s' },
  ...(hub ? { hub: hubName } : {}),
});

/** `npm start`: boots everything and runs until Ctrl-C. */
async function main(): Promise<void> {
  const environment = parseEnvironment(localEnvironment, process.env);
  const log = createLogger({ name: 'local', level: 'warn' });
  const tenants = [tenantOf(localOptions(process.argv.slice(2)))];
  const stack = await startStack({ environment, log, operators: true, worker: restful, tenants });
  const supervision = superviseApps(stack, log);
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    supervision.end();
    console.log('keycourier is stopping …');
    await stack.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  printUrls(stack.local, stack.dataDir);
  console.log('keycourier is ready');
}

function printUrls(local: LocalFile, dataDir: string): void {
  const lines: [string, string][] = [
    ['Inbox', local.inbox],
    [
      'Console',
      `${local.console}  (${local.operator.user}, password in ${dataDir}/local.json; or with Okta, as amy.admin@acme.example)`,
    ],
    ['API', `${local.api}/v1/shipments`],
    ['SCIM', `${local.scim}  (token in ${dataDir}/local.json)`],
    ['Receiver', `${local.receiver}/okta/hooks/${local.tenant}`],
    ['Okta simulator', local.oktaSimulator],
    ...(local.hub === undefined ? [] : [['Its hub', local.hub.url] satisfies [string, string]]),
    ['Fulfillment simulator', local.fulfillmentSimulator],
    ['Credentials', `${dataDir}/local.json`],
  ];
  for (const [name, url] of lines) console.log(`${name.padEnd(22)} ${url}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? `keycourier could not start: ${error.message}` : error);
  process.exit(1);
});
