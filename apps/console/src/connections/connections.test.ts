import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { revokeConnection } from '@keycourier/ledger/directory/connections/connections';
import { countAnswers } from '@keycourier/ledger/directory/connections/counts';
import { recordFailures } from '@keycourier/ledger/directory/connections/failures';
import { createUser } from '@keycourier/ledger/directory/users/create-user';
import { aConnection, aUser, by, idOf, write } from '@keycourier/ledger/testing/sample-directory';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { testInBrowser } from '@keycourier/runtime/testing/in-browser';
import type { Browser } from 'playwright-core';

import { openSignedIn, startChromium } from '../testing/chromium.ts';
import { closeAll } from '../testing/close-all.ts';
import { ada, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { connectSampleLedger, login } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
let client: TestClient;
let okta: Connection & { token: string };
let person: string;

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  okta = await aConnection(ledger, { name: 'Okta <production>', readAll: true, userNameRules: { maxLength: 30 } });
  person = idOf(await write(ledger, by(okta), (scope) => createUser(scope, aUser(login))));
  await countAnswers(ledger, okta.id, { requests: 1_200, refused: 3, failed: 0 });
  const failure = {
    at: new Date(),
    times: 1,
    status: 409,
    scimType: 'uniqueness',
    detail: `Another user has this userName: ${login}.`,
  };
  const subjects = [{ id: person }, { userName: login }];
  await recordFailures(
    ledger,
    okta,
    subjects.map((subject) => ({ subject, ...failure })),
  );
  const former = await aConnection(ledger, { name: 'Former' }, 'globex');
  await revokeConnection(ledger, 'globex', former.id);
  running = await startTestConsole({ databaseUrl: database.url });
  client = new TestClient(running.url);
  await client.signIn(ada);
});
afterAll(async () => {
  await closeAll();
  await database.drop();
});

const page = async (path: string): Promise<{ status: number; html: string }> => {
  const response = await client.request(path);
  return { status: response.status, html: await response.text() };
};

describe('connections in the console', () => {
  test('are shown to operators alone', async () => {
    for (const path of ['/t/acme/connections', `/t/acme/connections/${okta.id}`])
      expect((await new TestClient(running.url).request(path)).headers.get('location')).toMatch(/^\/sign-in/);
  });

  test('are listed with what to look at, those of their tenant alone', async () => {
    const { status, html } = await page('/t/acme/connections');
    expect(status).toBe(200);
    expect(html).toContain(`href="/t/acme/connections/${okta.id}">Okta &lt;production></a>`);
    expect(html).toContain('1,200 requests, 3 refused, 0 failed');
    expect(html).toContain('Read all users');
    expect(html).not.toContain('Former');
    const { html: others } = await page('/t/globex/connections');
    expect(others).toMatch(/Former.*revoked \d{4}-\d\d-\d\d/);
    expect(others).not.toContain(okta.id);
    expect(await page(`/t/globex/connections/${okta.id}`)).toMatchObject({ status: 404 });
  });

  test('are shown one by one with options, tokens, mapping and how to connect Okta', async () => {
    const { status, html } = await page(`/t/acme/connections/${okta.id}`);
    expect(status).toBe(200);
    expect(html).toContain(`/scim/v2/${okta.id}`);
    expect(html).toContain('at most 30 characters');
    expect(html).toContain('addresses.country');
    expect(html).toContain('Test API Credentials');
    expect(html).toContain(`href="/t/acme/people?user=${person}"`);
    expect(html).toContain('a user or group that does not exist here');
  });

  test('show no secret and no person by name, not even in an error that has one', async () => {
    for (const path of ['/t/acme/connections', `/t/acme/connections/${okta.id}`]) {
      const { html } = await page(path);
      expect(html).not.toContain(okta.token);
      expect(html).not.toContain(login);
    }
  });

  test('lead from a refusal to the person, who has an owner, a state and the refusal without values', async () => {
    const { status, html } = await page(`/t/acme/people?user=${person}`);
    expect(status).toBe(200);
    expect(html).toMatch(new RegExp(`<h1>${login}</h1>`));
    expect(html).toContain(`href="/t/acme/connections/${okta.id}">Okta &lt;production></a>`);
    expect(html).toContain('active');
    expect(html).toContain('Another user has this userName: [redacted]');
  });

  test.each(['01kab3v6d2m8zq4w0xrt5y7n9c', 'x', "'", '%00', '__proto__'])('do not include %s', async (id) => {
    expect(await page(`/t/acme/connections/${id}`)).toMatchObject({ status: 404 });
  });

  testInBrowser('fit on a phone and on a desktop', async () => {
    const browser: Browser = await startChromium();
    for (const width of [390, 1_200]) {
      const tab = await openSignedIn(browser, running, { viewport: { width, height: 800 } });
      for (const path of ['/t/acme/connections', `/t/acme/connections/${okta.id}`]) {
        await tab.goto(running.url + path);
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
      await tab.context().close();
    }
  });
});
