import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import {
  bodyOf,
  createGroup,
  profile,
  startOrg,
  withId,
  type RunningOrg,
} from '@keycourier/okta-simulator/testing/running-org';
import { until } from '@keycourier/runtime/testing/until';

import { closeAll } from '../testing/close-all.ts';
import { OktaBrowser } from '../testing/okta-browser.ts';
import { query } from '../testing/query.ts';
import { ada, startTestConsole, testClientSecret, type TestConsole } from '../testing/running-console.ts';
import { connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

const app = { clientId: 'console', clientSecret: testClientSecret };
const admin = 'amy@acme.example';
const viewer = 'vera@acme.example';
const stranger = 'sam@acme.example';

let database: TemporaryDatabase;
let ledger: Ledger;
let org: RunningOrg;
let running: TestConsole;
let adminsGroup: string;
let amyId: string;
let veraId: string;
let nowMs: number;

const groups = [
  { name: 'keycourier admins', role: 'admin' },
  { name: 'keycourier acme viewers', role: 'viewer', tenant: 'acme' },
];
const settingsOf = (changes: Record<string, unknown> = {}) => ({
  signIn: {
    issuer: `${org.url}/oauth2/default`,
    clientId: app.clientId,
    clientSecret: { env: 'TEST_CLIENT_SECRET' },
    groups,
    ...changes,
  },
});

const aUser = async (login: string): Promise<string> => {
  const body = { profile: profile({ login, email: login }), credentials: { password: { value: 'nine volts' } } };
  return bodyOf(withId, await org.call('POST', '/api/v1/users', body)).id;
};

const register = (url: string) =>
  org.call('POST', '/sim/oidc/clients', {
    ...app,
    redirectUris: [`${url}/sign-in/okta/callback`],
    postLogoutRedirectUris: [`${url}/sign-in`],
  });

beforeAll(async () => {
  [database, org] = await Promise.all([temporaryLedgerDatabase(), startOrg()]);
  ledger = await connectSampleLedger(database.url);
  running = await startTestConsole({ databaseUrl: database.url, console: settingsOf(), now: () => new Date(nowMs) });
  await register(running.url);
  adminsGroup = await createGroup(org, 'keycourier admins');
  const viewersGroup = await createGroup(org, 'keycourier acme viewers');
  amyId = await aUser(admin);
  await org.call('PUT', `/api/v1/groups/${adminsGroup}/users/${amyId}`);
  veraId = await aUser(viewer);
  await org.call('PUT', `/api/v1/groups/${viewersGroup}/users/${veraId}`);
  await aUser(stranger);
  // The simulated provider loads with the first request, which the console would wait for only for five seconds.
  await org.call('GET', '/oauth2/default/.well-known/openid-configuration');
});

afterAll(async () => {
  await closeAll();
  await org.close();
  await database.drop();
});

beforeEach(async () => {
  nowMs = Date.now();
  await org.call('PUT', '/sim/oidc', {});
  await org.call('PUT', `/sim/users/${amyId}/security-key`, { active: true });
});

const browser = (): OktaBrowser => new OktaBrowser(running.url, org.url);
/** What the audit gets for `work`: whose sign-in was refused, and why. */
async function refusedBy(work: () => Promise<unknown>): Promise<unknown> {
  const read = () => readAudit(ledger, { tenant: 'globex', actions: ['sign_in.refused'] }, { limit: 100 });
  const before = (await read()).length;
  await work();
  const [entry] = await until(read, ({ length }) => length > before);
  return entry && [entry.actor.id, entry.subject.id, entry.detail['source']];
}

const isIn = async ({ console }: OktaBrowser): Promise<boolean> =>
  (await console.request('/sessions-probe')).status === 404;
const cookieNamed = (client: TestClient, end: RegExp): string | undefined =>
  [...client.cookies.keys()].find((name) => end.test(name));
const sessionsInDatabase = async (): Promise<number> =>
  (await query(database.url, 'select from console.session')).rowCount ?? 0;

describe('an operator of a group with a role', () => {
  test('signs in with Okta, and reaches the requested page', async () => {
    const one = browser();
    expect(await (await one.console.request('/sign-in?to=%2Ft%2Facme')).text()).toContain(
      'href="/sign-in/okta?to=%2Ft%2Facme"',
    );
    const answer = await one.signIn(admin, '/sign-in/okta?to=%2Ft%2Facme');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/t/acme']);
    expect(await isIn(one)).toBe(true);
    expect(running.log()).toContain('"operator":"amy@acme.example","source":"okta"');
  });

  test('has the role in the tenants of the group, and the others do not exist', async () => {
    const one = browser();
    await one.signIn(viewer);
    expect((await one.console.request('/')).headers.get('location')).toBe('/t/acme');
    expect((await one.console.request('/t/globex')).status).toBe(404);
    expect((await one.console.request('/queues')).status).toBe(403);
  });

  test('has it by the groups at /userinfo where the ID token is thin', async () => {
    await org.call('PUT', '/sim/oidc', { thinIdToken: true });
    expect((await browser().signIn(admin)).status).toBe(303);
  });

  test('keeps it among hundreds of groups', async () => {
    for (let index = 0; index < 120; index += 1) {
      const id = await createGroup(org, `a group ${index}`);
      await org.call('PUT', `/api/v1/groups/${id}/users/${amyId}`);
    }
    expect((await browser().signIn(admin)).status).toBe(303);
    await org.call('PUT', '/sim/oidc', { groupsLimit: 100 });
    expect((await browser().signIn(admin)).status).toBe(403);
    await org.call('PUT', '/sim/oidc', { groupsLimit: 100, groupsFilter: 'keycourier ' });
    expect((await browser().signIn(admin)).status).toBe(303);
  });

  test('loses it with the next sign-in after the group was renamed', async () => {
    const one = browser();
    await one.signIn(admin);
    const rename = (name: string) => org.call('PUT', `/api/v1/groups/${adminsGroup}`, { profile: { name } });
    await rename('keycourier Admins');
    expect((await one.signIn(admin)).status).toBe(403);
    await rename('keycourier admins');
    expect((await one.signIn(admin)).status).toBe(303);
  });

  test('is signed out when the roles of groups are changed', async () => {
    const one = browser();
    await one.signIn(admin);
    const changed = settingsOf({ groups: [{ name: 'keycourier admins', role: 'viewer' }] });
    const later = await startTestConsole({ databaseUrl: database.url, console: changed });
    const there = new TestClient(later.url);
    for (const [name, value] of one.console.cookies) there.cookies.set(name, value);
    expect((await there.request('/t/acme')).status).toBe(302);
  });
});

test('a login without a role gets a page with the login and its groups, and no session', async () => {
  const before = await sessionsInDatabase();
  const one = browser();
  const refused = await refusedBy(async () => {
    const answer = await one.signIn(stranger);
    const text = await answer.text();
    expect(answer.status).toBe(403);
    expect(text).toContain(stranger);
    expect(text).toContain('<li>Everyone</li>');
  });
  expect(refused).toEqual([stranger, 'no_role', 'okta']);
  expect([await isIn(one), await sessionsInDatabase()]).toEqual([false, before]);
});

describe('an answer of Okta is refused', () => {
  const answered = async (change: (address: URL) => void, one = browser()): Promise<Response> => {
    const address = new URL(await one.untilBack('/sign-in/okta', admin));
    change(address);
    const answer = await one.open(address.href);
    expect(await isIn(one)).toBe(false);
    return answer;
  };

  test('with another state', async () => {
    expect((await answered((address) => address.searchParams.set('state', 'forged'))).status).toBe(400);
  });

  test('of another issuer, or without one', async () => {
    expect((await answered((address) => address.searchParams.set('iss', 'https://evil.example'))).status).toBe(403);
    expect((await answered((address) => address.searchParams.delete('iss'))).status).toBe(403);
  });

  test('whose ID token has another nonce', async () => {
    await org.call('PUT', '/sim/oidc', { otherNonce: true });
    expect((await answered(() => undefined)).status).toBe(403);
  });

  test('with the code of another browser', async () => {
    const theirs = new URL(await browser().untilBack('/sign-in/okta', viewer)).searchParams.get('code') ?? '';
    expect((await answered((address) => address.searchParams.set('code', theirs))).status).toBe(403);
  });

  test('in a browser that began no sign-in, and for a second time', async () => {
    const one = browser();
    const address = await one.untilBack('/sign-in/okta', admin);
    expect((await browser().open(address)).status).toBe(400);
    expect((await one.open(address)).status).toBe(303);
    expect((await one.open(address)).status).toBe(400);
  });

  test('after ten minutes', async () => {
    const one = browser();
    const address = await one.untilBack('/sign-in/okta', admin);
    nowMs += 10 * 60_000;
    expect((await one.open(address)).status).toBe(400);
  });

  test('that says no', async () => {
    const one = browser();
    const begun = await one.console.request('/sign-in/okta');
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const issuer = encodeURIComponent(`${org.url}/oauth2/default`);
    const answer = await one.console.request(`/sign-in/okta/callback?error=access_denied&state=${state}&iss=${issuer}`);
    expect([answer.status, await isIn(one)]).toEqual([403, false]);
  });
});

describe('the cookies of a sign-in', () => {
  test.each([
    ['sign in', '/sign-in/okta'],
    ['step up', '/step-up'],
  ])('let two tabs %s at once, each for its own page', async (what, path) => {
    const one = browser();
    if (what === 'step up') await one.signIn(admin);
    const pages = ['/t/acme/held', '/t/acme/flows'];
    const begun: string[] = [];
    for (const to of pages) {
      const started = await one.console.request(`${path}?${new URLSearchParams({ to }).toString()}`);
      begun.push(started.headers.get('location') ?? '');
    }
    const ended: (string | null)[] = [];
    for (const address of begun) {
      const answer = await one.open(await one.signInAtOkta(address, admin));
      ended.push(answer.headers.get('location'));
    }
    expect(ended).toEqual(pages);
  });

  test('are of the newest four that have begun, however many do', async () => {
    const client = new TestClient(running.url);
    for (let begun = 0; begun < 7; begun += 1) {
      nowMs += 1_000;
      await client.request('/sign-in/okta');
    }
    const kept = [...client.cookies].filter(([name, value]) => name.includes('-sign-in-') && value !== '');
    expect(kept).toHaveLength(4);
  });

  test('are not for scripts, and come back from another site', async () => {
    const started = await new TestClient(running.url).request('/sign-in/okta');
    const cookie = started.headers.getSetCookie().find((one) => /-sign-in-[\w-]+=/.test(one)) ?? '';
    expect(cookie).toMatch(/; Max-Age=600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toMatch(/verifier|nonce|Domain/);
    expect(started.headers.get('cache-control')).toBe('no-store');
    expect(new URL(started.headers.get('location') ?? '').searchParams.get('code_challenge_method')).toBe('S256');
  });

  test('are bound to this host over HTTPS', async () => {
    const secure = await startTestConsole({
      databaseUrl: database.url,
      mode: 'production',
      console: { ...settingsOf(), url: 'https://keys.acme.example' },
    });
    const started = await new TestClient(secure.url, { 'x-forwarded-proto': 'https' }).request('/sign-in/okta');
    expect(started.headers.getSetCookie().find((one) => one.startsWith('__Host-keycourier-console-sign-in-'))).toMatch(
      /; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    const address = new URL(started.headers.get('location') ?? '');
    expect(address.searchParams.get('redirect_uri')).toBe('https://keys.acme.example/sign-in/okta/callback');
  });

  test('name a new session, and one that was known before the sign-in is worth nothing', async () => {
    const one = browser();
    await one.signIn(viewer);
    const fixed = cookieNamed(one.console, /^keycourier-console-[0-9a-f]{8}$/) ?? '';
    const before = one.console.cookies.get(fixed) ?? '';
    await one.signIn(admin);
    expect(one.console.cookies.get(fixed)).not.toBe(before);
    const attacker = new TestClient(running.url);
    attacker.cookies.set(fixed, before);
    expect((await attacker.request('/t/acme')).status).toBe(302);
  });
});

test.each(['https://evil.example/', '//evil.example', '/sign-out', '/step-up?to=/'])(
  'a sign-in that is to go on at %s ends at the overview',
  async (to) => {
    const answer = await browser().signIn(admin, `/sign-in/okta?${new URLSearchParams({ to }).toString()}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
  },
);

describe('a step-up', () => {
  const path = '/step-up?to=%2Ft%2Facme%2Fheld';

  test('requires a fresh sign-in with the security key, and goes back to the page', async () => {
    const one = browser();
    await one.signIn(admin);
    const started = await one.console.request(path);
    const wanted = new URL(started.headers.get('location') ?? '').searchParams;
    expect([wanted.get('acr_values'), wanted.get('max_age')]).toEqual(['phr', '0']);
    const back = await one.signInAtOkta(started.headers.get('location') ?? '', admin);
    const answer = await one.open(back);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/t/acme/held']);
  });

  test.each([
    ['a user without a security key', {}, false, /no authenticator that is strong enough/, 'step_up_unmet'],
    [
      'an org that does not know the level',
      { unknownAcr: ['phr'] },
      true,
      /without the security key/,
      'step_up_too_weak',
    ],
    [
      'an org that asks for no fresh sign-in',
      { staleSignIn: true },
      true,
      /without a fresh sign-in/,
      'step_up_too_weak',
    ],
  ])('is refused for %s', async (...[, settings, hasKey, text, reason]) => {
    const one = browser();
    await one.signIn(admin);
    await org.call('PUT', '/sim/oidc', settings);
    await org.call('PUT', `/sim/users/${amyId}/security-key`, { active: hasKey });
    const refused = await refusedBy(async () => {
      const answer = await one.signIn(admin, path);
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringMatching(text)]);
    });
    expect(await isIn(one)).toBe(true);
    expect(refused).toEqual([admin, reason, 'okta']);
  });

  test('by another user is refused', async () => {
    const one = browser();
    await one.signIn(admin);
    const other = browser();
    await other.signIn(viewer);
    const started = await one.console.request(path);
    await org.call('PUT', `/sim/users/${veraId}/security-key`, { active: true });
    const refused = await refusedBy(async () => {
      const answer = await one.open(await other.signInAtOkta(started.headers.get('location') ?? '', viewer));
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('Another user signed in')]);
    });
    expect(refused).toEqual([admin, 'step_up_other_operator', 'okta']);
  });
});

test('a sign-out ends the session here, and offers to end the one at Okta', async () => {
  const one = browser();
  await one.signIn(admin);
  const answer = await one.console.submit('/sign-out', '/sign-out');
  const text = await answer.text();
  expect(answer.status).toBe(200);
  expect(text).toContain(`${org.url}/oauth2/default/v1/logout?`);
  expect(text).toMatch(/id_token_hint=ey/);
  expect(await isIn(one)).toBe(false);
  await org.call('PUT', '/sim/oidc', { endSession: false });
});

describe('while Okta is away', () => {
  test('the console starts, says so, and signs in once Okta is back', async () => {
    const away = await startTestConsole({
      databaseUrl: database.url,
      console: settingsOf({ issuer: 'http://127.0.0.1:1/oauth2/default' }),
    });
    const client = new TestClient(away.url);
    expect((await client.request('/sign-in')).status).toBe(200);
    const answer = await client.request('/sign-in/okta');
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('Okta cannot be reached')]);
    expect((await client.signIn(ada)).status).toBe(303);
    expect(away.log()).toContain('"code":"okta_unavailable"');
  });

  test('a failed look is repeated with the next sign-in', async () => {
    const one = await startTestConsole({ databaseUrl: database.url, console: settingsOf() });
    await register(one.url);
    await org.call('PUT', '/sim/faults', [
      { match: { path: '/oauth2/default/.well-known/openid-configuration' }, respond: { status: 503 }, times: 1 },
    ]);
    const client = new TestClient(one.url);
    expect((await client.request('/sign-in/okta')).status).toBe(503);
    expect((await client.request('/sign-in/okta')).status).toBe(302);
    await register(running.url);
  });
});
