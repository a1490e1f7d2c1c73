import { afterAll, expect, test } from '@jest/globals';
import { consoleSchema } from '@keycourier/config/console';
import { tenantSchema } from '@keycourier/config/tenant';
import type { ComparisonKind } from '@keycourier/journey/ports/hub-comparisons';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { dispatchHub } from '@keycourier/ledger/hub/lease';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { change, open } from '@keycourier/ledger/testing/sample-shipments';
import { addReadyMetric } from '@keycourier/runtime/probes';
import { Registry } from 'prom-client';

import { addLinkMetrics } from './hub-metrics.ts';
import { addExpiryMetrics, addHubMetrics, addWaitingMetrics } from './metrics.ts';

afterAll(closeTestLedgers);

const acme = tenantSchema.parse({
  okta: { orgUrl: 'https://acme.example', auth: { token: { env: 'OKTA' } } },
  hook: { secrets: [{ env: 'HOOK' }] },
  fulfillment: {
    apiUrl: 'https://p.example',
    keysUrl: 'https://p.example',
    token: { env: 'T' },
    tokenExpires: '2020-01-01',
  },
  products: [{ productId: '1', inventoryProductId: '106', customizationId: 'X' }],
  pin: { channel: 'okta' },
});
const signIn = {
  issuer: 'https://acme.example',
  clientId: '0oa1',
  clientSecret: { env: 'S' },
  groups: [{ name: 'G', role: 'viewer' }],
};
const config = {
  tenants: { acme },
  console: consoleSchema.parse({ signIn: { ...signIn, clientSecretExpires: '2020-01-02' } }),
};

test('a scrape names what ends by tenant, kind and id, and without a database what the config file says', async () => {
  const { ledger, clock } = await connectTestLedger();
  const registry = new Registry();
  addExpiryMetrics(registry, ledger, config);
  const inDays = (days: number): Date => new Date(clock.now.getTime() + days * 86_400_000);
  const { id } = await createApiKey(ledger, { tenant: 'acme', name: 'a b', scopes: ['read'], expiresAt: inDays(9) });
  await createApiKey(ledger, { tenant: 'acme', name: 'later', scopes: ['read'], expiresAt: inDays(60) });
  await ledger.db.insertInto('catch_up').values({ tenant: 'acme', polled_at: clock.now }).execute();
  const values = async (): Promise<unknown> =>
    (await registry.getMetricsAsJSON()).flatMap(({ values: all }) => all.map(({ labels, value }) => [labels, value]));
  const ofConfig = [
    [{ tenant: '', kind: 'console_secret', id: 'console.signIn.clientSecret' }, Date.parse('2020-01-03') / 1_000],
    [{ tenant: 'acme', kind: 'provider_token', id: 'fulfillment.token' }, Date.parse('2020-01-02') / 1_000],
  ];
  expect(await values()).toEqual([
    ...ofConfig,
    [{ tenant: 'acme', kind: 'api_key', id }, inDays(9).getTime() / 1_000],
    [{ tenant: 'acme', kind: 'okta_token', id: 'okta.auth.token' }, inDays(30).getTime() / 1_000],
  ]);
  await ledger.close();
  expect(await values()).toEqual(ofConfig);
});

test('a scrape counts held shipments by cause, and says which step is late and what is not reached', async () => {
  const { ledger, clock } = await connectTestLedger();
  const registry = new Registry();
  addReadyMetric(registry, { queues: () => Promise.reject(new TypeError('away')), postgres: async () => true });
  addWaitingMetrics(registry, { ...ledger, now: () => new Date() }, ['acme', 'globex']);
  const { id } = await open(ledger);
  await change(ledger, id, { hold: { code: 'mail_refused', problems: [], since: clock.now } });
  await open(ledger, { tenant: 'globex' });
  addHubMetrics(registry, ledger, ['acme', 'globex']);
  for (const [id, tenant, drift] of [
    ['mir_1', 'acme', ['email']],
    ['mir_2', 'globex', []],
  ] as const)
    await ledger.db
      .insertInto('mirrors')
      .values({ id, tenant, okta_user_id: '00u1', drift: [...drift] })
      .execute();
  await dispatchHub(ledger.db, 'push-person', { ids: ['mir_1'], tenant: 'acme', priority: 0 });
  await ledger.db
    .updateTable('outbox')
    .set({ due_at: new Date(Date.now() - 90_000) })
    .execute();
  const all = await registry.getMetricsAsJSON();
  const valuesOf = (name: string) =>
    all
      .filter((metric) => metric.name === name)
      .flatMap(({ values }) => values.map(({ labels, value }) => [labels, value] as const));
  expect(valuesOf('keycourier_hub_drifting_people')).toEqual([[{ tenant: 'acme' }, 1]]);
  expect(valuesOf('keycourier_held_shipments')).toEqual([
    [{ tenant: 'acme', code: 'mail_refused', cause: 'mail_refused' }, 1],
  ]);
  expect(valuesOf('keycourier_oldest_due_message_seconds')).toEqual([
    [{ tenant: 'acme', step: 'push-person' }, expect.any(Number)],
    [{ tenant: 'globex', step: 'check-profile' }, expect.any(Number)],
  ]);
  const [, seconds] = valuesOf('keycourier_oldest_due_message_seconds')[0] ?? [];
  expect(seconds).toBeGreaterThanOrEqual(90);
  // In the order in which the checks ended.
  expect(new Map(valuesOf('keycourier_ready').map(([{ check }, value]) => [check, value]))).toEqual(
    new Map([
      ['postgres', 1],
      ['queues', 0],
    ]),
  );
});

test('a scrape says whom hubs refuse, by tenant and code, and whether comparisons and imports failed or wait', async () => {
  const { ledger } = await connectTestLedger();
  const registry = new Registry();
  const people = { okta_user_id: '00u1', problem: 'profile_refused', problem_since: new Date() } as const;
  const mirrors = ['acme', 'globex'].map((tenant) => ({ ...people, tenant, id: `mir_${tenant}` }));
  await ledger.db.insertInto('mirrors').values(mirrors).execute();
  const runOf = (id: string, state: 'ended' | 'failed', hoursAgo: number, kind: ComparisonKind = 'people') => {
    const endedAt = new Date(Date.now() - hoursAgo * 3_600_000);
    return { id, tenant: 'acme', kind, state, requested_by: 'key_1', ended_at: endedAt };
  };
  const held = { id: 'cmp_5', tenant: 'globex', kind: 'import', state: 'held', requested_by: 'key_1' } as const;
  await ledger.db
    .insertInto('comparisons')
    .values([runOf('cmp_1', 'ended', 2), runOf('cmp_2', 'failed', 1)])
    .execute();
  // A change of the settings says nothing of the imports after it.
  const outdated = {
    ...held,
    id: 'cmp_6',
    state: 'failed',
    problem: 'settings_changed',
    ended_at: new Date(),
  } as const;
  const imports = [runOf('cmp_3', 'ended', 2, 'import'), runOf('cmp_4', 'failed', 1, 'import'), held, outdated];
  await ledger.db.insertInto('comparisons').values(imports).execute();
  const away = { service: 'okta', probe_every_ms: 60_000, probe_at: new Date() };
  const since = new Date(Date.now() - 90_000);
  const outages = ['hub:acme', 'globex'].map((tenant) => ({ ...away, tenant, since }));
  await ledger.db.insertInto('outages').values(outages).execute();
  addLinkMetrics(registry, ledger);
  const all = await registry.getMetricsAsJSON();
  const valuesOf = (name: string) => all.find((metric) => metric.name === name)?.values ?? [];
  expect(valuesOf('keycourier_hub_refused')).toMatchObject(
    ['acme', 'globex'].map((tenant) => ({ labels: { tenant, what: 'people', code: 'profile_refused' }, value: 1 })),
  );
  expect(valuesOf('keycourier_hub_comparison_failed')).toMatchObject([{ labels: { tenant: 'acme' }, value: 1 }]);
  const [age] = valuesOf('keycourier_hub_comparison_age_seconds');
  expect(Math.round((age?.value ?? 0) / 60)).toBe(120);
  expect(valuesOf('keycourier_hub_waiting_seconds')).toMatchObject([
    { labels: { tenant: 'acme', reason: 'credentials_refused' } },
  ]);
  for (const [name, acme, globex] of [
    ['keycourier_hub_import_held', 0, 1],
    ['keycourier_hub_import_failed', 1, 0],
  ] as const)
    expect(valuesOf(name)).toMatchObject([
      { labels: { tenant: 'acme' }, value: acme },
      { labels: { tenant: 'globex' }, value: globex },
    ]);
});
