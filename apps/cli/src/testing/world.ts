import { startInbox, type SmtpInbox } from '@keycourier/connectors/testing/smtp-inbox';
import {
  acmeToken,
  runSimulator,
  type RunningSimulator,
} from '@keycourier/fulfillment-simulator/testing/running-simulator';
import { connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';
import pg from 'pg';

import { apiKey, startFakeApi, type FakeApi } from './fake-api.ts';

/** The services around the CLI: a simulated org and provider, a mail server, a database, a fake API and receiver. */
export interface World {
  org: RunningOrg;
  provider: RunningSimulator;
  inbox: SmtpInbox;
  api: FakeApi;
  receiver: FakeApi;
  scim: FakeApi;
  databaseUrl: string;
  oktaToken: string;
  fulfillmentToken: string;
  smtpUrl: string;
  close: () => Promise<void>;
}

const login = { user: 'mailer', password: 'pass:word' };

export async function startWorld(): Promise<World> {
  const [org, provider, inbox, api, receiver, scim, ledger] = await Promise.all([
    startOrg(),
    runSimulator({ config: { organizations: [{ name: 'acme', token: acmeToken }] } }),
    startInbox({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        username === login.user && password === login.password
          ? done(null, { user: login.user })
          : done(new RangeError('no such login')),
    }),
    startFakeApi(),
    startFakeApi(),
    startFakeApi(),
    connectTestLedger(),
  ]);
  await runSql(ledger.url, 'create schema bullmq');
  await runSql(ledger.url, `insert into catch_up (tenant, read_to) values ('acme', '2029-11-30T11:59:30Z')`);
  await org.call('PUT', '/sim/hooks', { retryDelayMs: 20, timeoutMs: 60_000 });
  return {
    org,
    provider,
    inbox,
    api,
    receiver,
    scim,
    databaseUrl: ledger.url,
    oktaToken: token,
    fulfillmentToken: acmeToken,
    smtpUrl: inbox.url.replace('//', `//${login.user}:${encodeURIComponent(login.password)}@`),
    close: async () => {
      await Promise.all([org.close(), provider.stop(), inbox.close(), api.close(), receiver.close(), scim.close()]);
    },
  };
}

/** API, receiver and SCIM answer as ready, and the receiver returns challenges. */
export function setReady({ api, receiver, scim }: World): void {
  const ready = { body: { status: 'ready', failing: [] } };
  for (const service of [api, receiver, scim]) service.on('GET /readyz', ready);
  api.on('GET /v1/flows', ({ headers }) =>
    headers.authorization === `Bearer ${apiKey}` ? { body: { items: [] } } : { status: 401, body: {} },
  );
  api.on('GET /v1/connections', { body: { items: [] } });
  api.on('GET /v1/keys', { body: { items: [] } });
  receiver.on('GET /okta/hooks/acme', ({ headers }) => ({
    body: { verification: headers['x-okta-verification-challenge'] },
  }));
}

export async function runSql(databaseUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
