import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from './testing/close-all.ts';
import { ada, startTestConsole, type TestConsole } from './testing/running-console.ts';
import { Visitor } from './testing/visitor.ts';

let database: TemporaryDatabase;

beforeAll(async () => {
  database = await temporaryDatabase();
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

describe('in production', () => {
  let served: TestConsole;
  const behindTls = { 'x-forwarded-proto': 'https' };

  beforeAll(async () => {
    served = await startTestConsole({ databaseUrl: database.url, mode: 'production' });
  });

  test("cookies are secure, and the session's is bound to this host", async () => {
    const answer = await new Visitor(served.url, behindTls).signIn(ada);
    expect(answer.status).toBe(303);
    const cookies = answer.headers.getSetCookie();
    expect(cookies.find((one) => one.startsWith('__Host-keycourier-console='))).toMatch(
      /; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const page = await new Visitor(served.url, behindTls).ask('/sign-in');
    expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/^XSRF-TOKEN=.*Secure; SameSite=Strict$/)]);
  });

  test('an operator who arrives over plain http is told why that cannot work', async () => {
    const answer = await new Visitor(served.url).ask('/sign-in');
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('CONSOLE_TRUSTED_PROXIES')]);
    expect((await new Visitor(served.url).ask('/healthz')).status).toBe(200);
  });

  test('browsers are told to stay on https', async () => {
    const { headers } = await new Visitor(served.url, behindTls).ask('/sign-in');
    expect(headers.get('strict-transport-security')).toMatch(/max-age=/);
  });
});

describe('every page', () => {
  let served: TestConsole;

  beforeAll(async () => {
    served = await startTestConsole({ databaseUrl: database.url });
  });

  test('of our own allows no script', async () => {
    const { headers } = await new Visitor(served.url).ask('/sign-in');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.has('x-powered-by')).toBe(false);
  });

  test('of the board allows its scripts and never eval', async () => {
    const { headers } = await new Visitor(served.url).ask('/queues');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe-eval|https?:/);
  });

  test('that does not exist says so, to operators', async () => {
    const visitor = new Visitor(served.url);
    expect((await visitor.ask('/queuesque')).status).toBe(302);
    await visitor.signIn(ada);
    expect((await visitor.ask('/queuesque')).status).toBe(404);
  });
});

describe('a console whose database is away', () => {
  test('is up, says that it cannot answer, and recovers by itself', async () => {
    const later = await temporaryDatabase();
    const away = new URL(later.url);
    away.pathname = '/not_there';
    const served = await startTestConsole({ databaseUrl: away.href });
    const visitor = new Visitor(served.url);
    expect((await visitor.ask('/healthz')).status).toBe(200);
    expect((await visitor.ask('/readyz')).status).toBe(503);
    const answer = await visitor.ask('/sign-in');
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('cannot answer now')]);
    await later.drop();
  });
});
