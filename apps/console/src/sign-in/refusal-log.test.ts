import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import { verifyAudit } from '@keycourier/ledger/audit/verify-audit';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { until } from '@keycourier/runtime/testing/until';
import express from 'express';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';
import { createRefusalLog } from './refusal-log.ts';

const glass = { user: 'glass', password: 'break in an emergency' };

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
});
afterAll(async () => {
  await closeAll();
  await database.drop();
});

const refusals = async (tenant: string) =>
  (await readAudit(ledger, { tenant }, { limit: 200 })).filter(({ action }) => action === 'sign_in.refused');
const found = async (tenant: string) =>
  (await refusals(tenant)).map(({ actor, subject, detail }) => [actor.id, actor.role, subject.id, detail]);

describe('a sign-in that is refused', () => {
  beforeEach(async () => {
    running = await startTestConsole({
      databaseUrl: database.url,
      operators: [ada, { ...grace, role: 'viewer', tenants: ['globex'] }, { ...glass, breakGlass: true }],
    });
  });
  const tryAs = async (user: string, password: string): Promise<void> => {
    expect((await new TestClient(running.url).signIn({ user, password })).status).toBe(401);
  };

  test('is in the audit of the operator’s tenants, of an unknown one in all, and never what was typed', async () => {
    await tryAs('grace', 'a wrong guess');
    await tryAs('GLASS', 'another guess');
    await tryAs('my own password', 'in the wrong field');
    await running.close();
    const glassRefused = ['glass', 'admin', 'wrong_password', { source: 'break_glass' }];
    const unknown = ['(unknown)', 'none', 'unknown_operator', { source: 'unknown' }];
    expect(await found('globex')).toEqual([
      unknown,
      glassRefused,
      ['grace', 'viewer', 'wrong_password', { source: 'local' }],
    ]);
    expect(await found('acme')).toEqual([unknown, glassRefused]);
    const [entry] = await refusals('acme');
    expect(entry?.requestId).toMatch(/^[\da-f-]{36}$/);
    const all = JSON.stringify([await refusals('globex'), running.log()]);
    expect(all).not.toMatch(/my own password|guess|in the wrong field/);
  });

  test('is there while the console runs, and a step-up with a wrong password too', async () => {
    const client = new TestClient(running.url);
    await client.signIn(ada);
    const answer = await client.submit('/step-up', '/step-up', { password: 'a wrong guess' });
    expect(answer.status).toBe(401);
    const [newest] = await until(
      () => found('acme'),
      ([last]) => last?.[2] === 'step_up_wrong_password',
    );
    expect(newest).toEqual(['ada', 'admin', 'step_up_wrong_password', { source: 'local' }]);
  });
});

test('under a flood is counted, and each name that Okta sent is cut off', async () => {
  const before = (await refusals('acme')).length;
  const logger = { info: () => undefined, warn: () => undefined };
  const log = createRefusalLog({ ledger, logger, tenants: ['acme'] });
  const request = express().request;
  for (let round = 0; round < 1_000; round++) {
    log.record({ reason: 'unknown_operator', operator: null }, request);
    log.record(
      { reason: 'no_role', operator: { user: `${round}${'x'.repeat(900)}`, source: 'okta', grants: [] } },
      request,
    );
  }
  await log.close();
  const recorded = (await refusals('acme')).slice(0, -before);
  expect(recorded.length).toBeLessThanOrEqual(45);
  expect(recorded.every(({ actor }) => (actor.id ?? '').length <= 100)).toBe(true);
  const more = recorded.reduce((sum, { detail }) => sum + Number(detail['more'] ?? 0), 0);
  expect(more + recorded.filter(({ detail }) => detail['more'] === undefined).length).toBe(2_000);
  const checked = await verifyAudit(ledger, { tenant: 'acme', erasedBefore: new Date(0) });
  expect(checked).toMatchObject({ outcome: 'intact', isComplete: true });
});
