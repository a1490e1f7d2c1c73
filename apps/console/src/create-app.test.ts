import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from './testing/close-all.ts';
import { ada, startTestConsole, type TestConsole } from './testing/running-console.ts';
import { TestClient } from './testing/test-client.ts';

let database: TemporaryDatabase;

beforeAll(async () => {
  database = await temporaryDatabase();
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

describe('in production', () => {
  let running: TestConsole;
  const behindTls = { 'x-forwarded-proto': 'https' };

  beforeAll(async () => {
    running = await startTestConsole({ databaseUrl: database.url, mode: 'production' });
  });

  test("cookies are secure, and the session's is bound to this host", async () => {
    const answer = await new TestClient(running.url, behindTls).signIn(ada);
    expect(answer.status).toBe(303);
    const cookies = answer.headers.getSetCookie();
    expect(cookies.find((one) => one.startsWith('__Host-keycourier-console='))).toMatch(
      /; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const page = await new TestClient(running.url, behindTls).request('/sign-in');
    expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/^XSRF-TOKEN=.*Secure; SameSite=Strict$/)]);
  });

  test('a request over plain HTTP is refused with the setting to check', async () => {
    const answer = await new TestClient(running.url).request('/sign-in');
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('CONSOLE_TRUSTED_PROXIES')]);
    expect((await new TestClient(running.url).request('/healthz')).status).toBe(200);
  });

  test('browsers must stay on HTTPS', async () => {
    const { headers } = await new TestClient(running.url, behindTls).request('/sign-in');
    expect(headers.get('strict-transport-security')).toMatch(/max-age=/);
  });
});

describe('every page', () => {
  let running: TestConsole;

  beforeAll(async () => {
    running = await startTestConsole({ databaseUrl: database.url });
  });

  test('of our own allows only our own scripts, and HTML of a text by one policy', async () => {
    const { headers } = await new TestClient(running.url).request('/sign-in');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("require-trusted-types-for 'script';trusted-types keycourier");
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.has('x-powered-by')).toBe(false);
  });

  test('of the board allows its scripts and never eval', async () => {
    const { headers } = await new TestClient(running.url).request('/queues');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe-eval|https?:/);
  });

  test('that does not exist is a 404, for operators only', async () => {
    const client = new TestClient(running.url);
    expect((await client.request('/queuesque')).status).toBe(302);
    await client.signIn(ada);
    expect((await client.request('/queuesque')).status).toBe(404);
  });
});

describe('a console whose database is unreachable', () => {
  test('starts, answers 503 and is not ready', async () => {
    const later = await temporaryDatabase();
    const missing = new URL(later.url);
    missing.pathname = '/not_there';
    const running = await startTestConsole({ databaseUrl: missing.href });
    const client = new TestClient(running.url);
    expect((await client.request('/healthz')).status).toBe(200);
    expect((await client.request('/readyz')).status).toBe(503);
    const answer = await client.request('/sign-in');
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('temporarily unavailable')]);
    await later.drop();
  });
});
