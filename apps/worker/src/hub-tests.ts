import type { Config } from '@keycourier/config/config-file';
import { readHubFacts } from '@keycourier/connectors/okta/hub/read-hub-facts';
import type { OktaSettings } from '@keycourier/connectors/okta/settings';
import { judgeHub, type HubCheck, type HubFacts } from '@keycourier/journey/hub/judge-hub';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { claimHubTest, endHubTest } from '@keycourier/ledger/hub/tests';
import { ProcessError } from '@keycourier/runtime/errors';

import { startDrain } from './drain.ts';
import { hubSettingsOf } from './hub-port.ts';

interface Options {
  ledger: Ledger;
  config: Config;
  environment: Readonly<Record<string, string | undefined>>;
  /** For one call. */
  timeoutMs: number;
  onTested: (tenant: string, failed: readonly string[]) => void;
  onError: (error: unknown) => void;
}

/** Runs the tests of hubs that the API was asked for, one after the other. Any number of workers may do it. */
export const startHubTests = (options: Options): { wake: () => void; close: () => Promise<void> } =>
  startDrain(() => testNext(options), options);

/** A read is tried three times, and some follow others: a test of a hub that does not answer takes that long. */
const callsInARow = 9;

async function testNext({ ledger, config, environment, timeoutMs, onTested }: Options): Promise<boolean> {
  const claim = await claimHubTest(ledger, timeoutMs * callsInARow);
  if (claim === null) return false;
  const settings = await hubSettingsOf({ ledger, config, environment, timeoutMs }, claim.tenant);
  const checks = settings === null ? withoutHub : await checksOf(settings);
  if (await endHubTest(ledger, claim, { orgUrl: settings?.orgUrl ?? null, checks }))
    onTested(
      claim.tenant,
      checks.flatMap(({ name, passed }) => (passed ? [] : [name])),
    );
  return true;
}

const withoutCredentials = (message: string, grant: string): readonly HubCheck[] => [
  { name: 'credentials', passed: false, message, grant },
];

/** The worker's config may be another one than that of the API that took the request. */
const withoutHub = withoutCredentials(
  'the worker knows of no hub of this tenant',
  'restart the worker with the keycourier.yaml of the API, or name the service app of the hub',
);

async function checksOf(settings: OktaSettings): Promise<readonly HubCheck[]> {
  try {
    return judgeHub(withoutLogin(await readHubFacts(settings)));
  } catch (error) {
    // Of a secret, which it names and does not quote.
    if (!(error instanceof ProcessError)) throw error;
    return withoutCredentials(error.message, 'correct what it names, which the worker reads for each test');
  }
}

/** What is stored names an administrator by id alone. */
const withoutLogin = (facts: HubFacts): HubFacts =>
  'value' in facts.caller ? { ...facts, caller: { value: { ...facts.caller.value, login: null } } } : facts;
