import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Decision } from '@keycourier/journey/model/change';
import { holdFor } from '@keycourier/journey/steps/hold';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { secondHandMessages } from '@keycourier/messages/refusals';
import {
  bodyOf,
  createGroup,
  profile,
  startOrg,
  withId,
  type RunningOrg,
} from '@keycourier/okta-simulator/testing/running-org';
import { describeInBrowser } from '@keycourier/runtime/testing/in-browser';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { openContext, startChromium } from '../testing/chromium.ts';
import { closeAll } from '../testing/close-all.ts';
import { startTestConsole, testClientSecret, type TestConsole } from '../testing/running-console.ts';
import {
  addHeldShipment,
  addSealedShipment,
  addShipment,
  connectSampleLedger,
  ignoreEvent,
  setEventAside,
} from '../testing/sample-ledger.ts';

const roles = ['admin', 'operator', 'viewer'] as const;
const loginOf = (role: string): string => `${role}@acme.example`;

describeInBrowser('an operator in a browser, signed in with the company’s Okta', () => {
  let database: TemporaryDatabase;
  let ledger: Ledger;
  let org: RunningOrg;
  let running: TestConsole;
  let browser: Browser;
  const userIds = new Map<string, string>();

  beforeAll(async () => {
    [database, org] = await Promise.all([temporaryLedgerDatabase(), startOrg()]);
    ledger = await connectSampleLedger(database.url);
    const groups = roles.map((role) => ({ name: `keycourier ${role}s`, role, tenant: 'acme' }));
    const signIn = {
      issuer: `${org.url}/oauth2/default`,
      clientId: 'console',
      clientSecret: { env: 'TEST_CLIENT_SECRET' },
      groups,
    };
    running = await startTestConsole({ databaseUrl: database.url, console: { signIn } });
    await org.call('POST', '/sim/oidc/clients', {
      clientId: 'console',
      clientSecret: testClientSecret,
      redirectUris: [`${running.url}/sign-in/okta/callback`],
      postLogoutRedirectUris: [`${running.url}/sign-in`],
    });
    for (const role of [...roles, 'none']) {
      const login = loginOf(role);
      const user = { profile: profile({ login, email: login }), credentials: { password: { value: 'nine volts' } } };
      const { id } = bodyOf(withId, await org.call('POST', '/api/v1/users', user));
      userIds.set(role, id);
      const group = role === 'none' ? null : await createGroup(org, `keycourier ${role}s`);
      if (group !== null) await org.call('PUT', `/api/v1/groups/${group}/users/${id}`);
      await org.call('PUT', `/sim/users/${id}/security-key`, { active: role !== 'admin' });
    }
    // The simulated provider loads with the first request, which the console would wait for only for five seconds.
    await org.call('GET', '/oauth2/default/.well-known/openid-configuration');
    browser = await startChromium();
  });

  afterAll(async () => {
    await closeAll();
    await org.close();
    await database.drop();
  });

  async function atOkta(page: Page, role: string): Promise<void> {
    await page.locator('input[name=login]').fill(loginOf(role));
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** A browser of its own, which has followed the console's link to Okta and signed in there. */
  async function signedIn(role: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await openContext(browser, options)).newPage();
    await page.goto(`${running.url}/sign-in?to=%2Ft%2Facme`);
    await page.getByRole('link', { name: 'Sign in with Okta' }).click();
    await atOkta(page, role);
    await page.waitForURL((url) => url.origin === running.url);
    return page;
  }

  test.each([
    ['admin', true, true],
    ['operator', false, true],
    ['viewer', false, false],
  ])('sees as %s what the role may open and do, and no more', async (role, hasAudit, hasActions) => {
    const held = await addHeldShipment(ledger, 'parcel_lost');
    const page = await signedIn(role);
    expect(new URL(page.url()).pathname).toBe('/t/acme');
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(hasAudit ? 1 : 0);
    // The roles are in one tenant: the queues have the jobs of all.
    expect(await page.getByRole('link', { name: 'Queues' }).count()).toBe(0);
    await page.goto(`${running.url}/t/acme/shipments/${held}`);
    expect(await page.getByRole('link', { name: 'Retry' }).count()).toBe(hasActions ? 1 : 0);
    await page.context().close();
  });

  test('without a role gets a page with the login and its groups', async () => {
    const page = await signedIn('none');
    await page.getByText(loginOf('none')).first().waitFor();
    expect(await page.getByText('Everyone').count()).toBe(1);
    expect(await page.getByRole('navigation').count()).toBe(0);
    await page.context().close();
  });

  const releasePath = (id: string): string => `${running.url}/t/acme/shipments/${id}/actions/release-pin`;

  test('releases a PIN after a fresh sign-in with the security key, and with a reason', async () => {
    const id = await addSealedShipment(ledger, { release: 'on_receipt' });
    const page = await signedIn('operator');
    await page.goto(releasePath(id));
    // Okta is asked for a fresh sign-in, although it knows the browser.
    await atOkta(page, 'operator');
    await page.waitForURL(releasePath(id));
    await page.getByLabel('Reason').fill('The parcel is in their hands');
    await page.getByRole('button', { name: 'Send the PIN now' }).click();
    await page.getByText('Done: send the PIN now').waitFor();
    await page.context().close();
  });

  test('is refused the release of their own PIN', async () => {
    const id = await addSealedShipment(ledger, { release: 'on_receipt', userId: userIds.get('operator') ?? '' });
    const page = await signedIn('operator');
    await page.goto(releasePath(id));
    await atOkta(page, 'operator');
    await page.getByText(secondHandMessages.own_pin).waitFor();
    await page.getByLabel('Reason').fill('I need it now');
    const answer = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Send the PIN now' }).click();
    expect((await answer).status()).toBeGreaterThanOrEqual(400);
    await page.getByText(secondHandMessages.own_pin).waitFor();
    await page.context().close();
  });

  test('is refused a step-up without a security key, and stays signed in', async () => {
    const id = await addSealedShipment(ledger, { release: 'on_receipt' });
    const page = await signedIn('admin');
    await page.goto(releasePath(id));
    await atOkta(page, 'admin');
    await page.getByText('no authenticator that is strong enough').waitFor();
    await page.goto(`${running.url}/t/acme`);
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
    await page.context().close();
  });

  test('finds an event of which nothing came, and reads why', async () => {
    const uuid = '8f6a0d2e-cb4f-11f0-9c1b-6b2f1c9d7e55';
    await setEventAside(ledger, uuid);
    const page = await signedIn('viewer');
    await page.keyboard.press('/');
    await page.keyboard.type(uuid);
    await page.keyboard.press('Enter');
    await page.getByText('Set aside, since it could not be understood').waitFor();
    await page.context().close();
  });

  test('finds a person whose event was ignored by the login, and reads why no key was sent', async () => {
    const login = 'ida.ignored@acme.example';
    await ignoreEvent(ledger, login, 'flow off');
    const page = await signedIn('viewer');
    await page.getByRole('searchbox').fill(login.toUpperCase());
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'All that is known of this person' }).click();
    await page.locator('.badge', { hasText: 'Ignored' }).waitFor();
    await page.getByText('The flow was off when the event was published.').waitFor();
    await page.context().close();
  });

  test('accepts a correction, and another open page of the shipment follows without losing what was typed', async () => {
    const id = await addShipment(ledger, (shipment): Decision => {
      const problems = [{ field: 'streetAddress', code: 'missing' }];
      const { change, note } = holdFor(shipment, 'profile_problems', { now: ledger.now(), problems });
      const suggestion = { values: { streetAddress: '1 Main Street' }, replaced: {} };
      return { change: { ...change, secrets: { suggestion } }, note };
    });
    const page = await signedIn('operator');
    const address = `${running.url}/t/acme/shipments/${id}`;
    await page.goto(address);
    const comment = page.getByLabel('Add a comment');
    await comment.fill('half a sentence');
    const other = await page.context().newPage();
    await other.goto(`${address}/address`);
    await other.getByRole('button', { name: 'Accept the suggestion' }).click();
    await other.getByText('Done: ').waitFor();
    await page.locator('.head .status', { hasNotText: 'Held' }).waitFor();
    expect(await comment.inputValue()).toBe('half a sentence');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.context().close();
  });

  test.each([
    ['light', 1_280],
    ['dark', 390],
  ] as const)(
    'cancels a shipment and switches a flow without scripts, %s and %d pixels wide',
    async (scheme, width) => {
      const id = await addHeldShipment(ledger, 'parcel_lost');
      const page = await signedIn('operator', {
        javaScriptEnabled: false,
        colorScheme: scheme,
        viewport: { width, height: 800 },
      });
      await page.goto(`${running.url}/t/acme/shipments/${id}`);
      await page.getByRole('link', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('Done: cancel').waitFor();
      await page.goto(`${running.url}/t/acme/flows`);
      const flow = page.locator('#flow-group-add');
      const isOn = (await flow.locator('.badge').textContent()) === 'on';
      await flow.locator('summary').click();
      await flow.getByRole('button').click();
      await flow.locator('.badge', { hasText: isOn ? 'off' : 'on' }).waitFor();
      await page.context().close();
    },
  );
});
