import { afterAll, expect, test } from '@jest/globals';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';
import { createMetrics } from '@keycourier/runtime/probes';
import { until } from '@keycourier/runtime/testing/until';

import { catchUpUnderTest, logged } from '../testing/catch-up.ts';
import { addCatchUpMetrics } from './catch-up-metrics.ts';

afterAll(closeTestLedgers);

test('the metrics say how far the log is read, what only it had, and how the hook does', async () => {
  const world = await catchUpUnderTest();
  const { ledger, opened, log } = world;
  const registry = createMetrics('worker');
  addCatchUpMetrics(registry, ledger, new Map([['acme', world.settings]]));
  // Before the first poll there is nothing to say about the log.
  expect(await registry.metrics()).not.toMatch(/catch_up_lag_seconds\{/);
  const [lost, delivered] = [logged(opened.clock.now), logged(opened.clock.now)];
  await world.deliver([delivered]);
  log.add([lost, delivered]);
  await world.poll();
  world.pass(world.settings.hookGrace);
  // A scrape shows what another one read less than a second ago, and in the first of its gauges perhaps when the others read anew.
  const text = await until(
    () => registry.metrics(),
    (metrics) => [/catch_up_lag_seconds\{/, /catch_up_found_only_events\{[^}]*\} 1/].every((one) => one.test(metrics)),
  );
  const valueOf = (name: string): number =>
    Number(new RegExp(`^keycourier_${name}\\{[^}]*tenant="acme"[^}]*\\} (.+)$`, 'm').exec(text)?.[1]);
  expect(valueOf('catch_up_lag_seconds')).toBe(300);
  expect(valueOf('catch_up_found_only_events')).toBe(1);
  expect(valueOf('catch_up_blocked')).toBe(0);
  expect(valueOf('hook_verified')).toBe(1);
  expect(valueOf('hook_last_delivery_age_seconds')).toBe(300);
  expect(valueOf('hook_daily_cap_ratio')).toBe(1 / 400_000);
});
