import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HubCheck } from '@keycourier/journey/hub/judge-hub';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { createHubLink, readHubCredentials, readHubLink, removeHubLink, setHubClient } from './links.ts';
import { claimHubTest, endHubTest, readHubTest, requestHubTest } from './tests.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});

const orgUrl = 'https://acme-hub.okta.com';
const create = (tenant: string) => createHubLink(ledger, { tenant, orgUrl, createdBy: 'key_1' });
const passed: HubCheck[] = [{ name: 'credentials', passed: true, message: 'the service app 0oa', grant: null }];
const result = { orgUrl, checks: passed };

test('a tenant has one link, with a key of its own that is not in the database in clear', async () => {
  const link = await create('acme');
  expect(await create('acme')).toBeNull();
  expect(await readHubLink(ledger, 'acme')).toEqual(link);
  expect((await create('globex'))?.publicKey.x).not.toBe(link?.publicKey.x);
  expect(await readHubCredentials(ledger, 'acme')).toBeNull();
  expect(await setHubClient(ledger, 'acme', '0oaHub')).toBe(true);
  const { privateKey = '', ...credentials } = (await readHubCredentials(ledger, 'acme')) ?? {};
  expect(credentials).toEqual({ orgUrl, clientId: '0oaHub' });
  const { d, ...half } = JSON.parse(privateKey);
  expect(half).toEqual(link?.publicKey);
  const { rows } = await sql<{ row: string }>`select hub_links::text as row from hub_links`.execute(ledger.db);
  expect(rows.map(({ row }) => row).join('\n')).not.toContain(d);
});

test('what a link ends is its key and its test, of its tenant alone, and a test says nothing of another service app', async () => {
  await create('initech');
  await requestHubTest(ledger, 'initech');
  expect(await removeHubLink(ledger, 'initech', { isInUse: true })).toBe(true);
  expect(await removeHubLink(ledger, 'initech', { isInUse: true })).toBe(false);
  expect([await readHubLink(ledger, 'initech'), await readHubTest(ledger, 'initech')]).toEqual([null, null]);
  expect(await readHubLink(ledger, 'acme')).not.toBeNull();
  await requestHubTest(ledger, 'acme');
  await setHubClient(ledger, 'acme', '0oaOther');
  expect(await readHubTest(ledger, 'acme')).toBeNull();
  expect(await setHubClient(ledger, 'initech', '0oaHub')).toBe(false);
});

test('a test that is requested twice is claimed once, and ends once', async () => {
  const { id } = await requestHubTest(ledger, 'acme');
  expect(await requestHubTest(ledger, 'acme')).toMatchObject({ id, endedAt: null, checks: null });
  const claims = await Promise.all([claimHubTest(ledger, 60_000), claimHubTest(ledger, 60_000)]);
  const [claim, ...others] = claims.filter((one) => one !== null);
  expect([claim?.tenant, others]).toEqual(['acme', []]);
  if (claim === undefined) return;
  expect(await endHubTest(ledger, claim, result)).toBe(true);
  expect(await endHubTest(ledger, claim, result)).toBe(false);
  expect(await readHubTest(ledger, 'acme')).toMatchObject({ id, orgUrl, checks: passed, endedAt: expect.any(Date) });
  expect((await requestHubTest(ledger, 'acme')).id).not.toBe(id);
});

test('a test whose worker is gone is claimed by another, and the first writes nothing more', async () => {
  const gone = await claimHubTest(ledger, 0);
  const next = await claimHubTest(ledger, 60_000);
  expect([gone?.tenant, next?.tenant]).toEqual(['acme', 'acme']);
  if (gone === null || next === null) return;
  expect(await endHubTest(ledger, gone, result)).toBe(false);
  expect(await endHubTest(ledger, next, result)).toBe(true);
  expect(await claimHubTest(ledger, 60_000)).toBeNull();
});
