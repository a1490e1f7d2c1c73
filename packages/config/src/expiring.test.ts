import { describe, expect, test } from '@jest/globals';
import { judgeExpiry, listExpiring, needsRenewal, type Expiring } from '@keycourier/journey/model/expiring';

import { consoleSchema } from './console.ts';
import { expiringOf, expiringOfConsole } from './expiring.ts';
import { tenantSchema } from './tenant.ts';

const now = new Date('2026-11-29T12:00:00Z');
const app = (keyExpires?: string) => ({ clientId: '0oa1', privateKey: { env: 'KEY' }, keyExpires });

const tenantWith = ({ okta, hub, tokenExpires }: { okta: unknown; hub?: unknown; tokenExpires?: string }) =>
  tenantSchema.parse({
    okta: { orgUrl: 'https://acme.example', auth: okta },
    ...(hub === undefined ? {} : { hub: { orgUrl: 'https://hub.example', auth: hub } }),
    hook: { secrets: [{ env: 'HOOK' }] },
    fulfillment: { apiUrl: 'https://p.example', keysUrl: 'https://p.example', token: { env: 'TOKEN' }, tokenExpires },
    products: [{ productId: '1', inventoryProductId: '106', customizationId: 'X' }],
    pin: { channel: 'okta' },
  });

describe('what keycourier.yaml knows to end', () => {
  test('is every date in it, each the last day that the secret works', () => {
    const tenant = tenantWith({ okta: app('2026-12-05'), hub: app('2027-01-31'), tokenExpires: '2026-11-29' });
    expect(expiringOf(tenant, null).map(({ kind, expiresAt }) => [kind, expiresAt?.toISOString()])).toEqual([
      ['provider_token', '2026-11-30T00:00:00.000Z'],
      ['okta_key', '2026-12-06T00:00:00.000Z'],
      ['hub_key', '2027-02-01T00:00:00.000Z'],
    ]);
    expect(expiringOf(tenantWith({ okta: app() }), null)).toEqual([]);
  });

  test("is an API token of Okta's 30 days after its last use, where that is known", () => {
    const tenant = tenantWith({ okta: { token: { env: 'A' } }, hub: { token: { env: 'B' } } });
    const ends = (usedAt: Date | null) => expiringOf(tenant, usedAt).map(({ kind, expiresAt }) => [kind, expiresAt]);
    expect(ends(now)).toEqual([
      ['okta_token', new Date('2026-12-29T12:00:00Z')],
      ['hub_token', null],
    ]);
    expect(ends(null)[0]).toEqual(['okta_token', null]);
  });

  test('is the client secret of the console', () => {
    const signIn = {
      issuer: 'https://acme.example',
      clientId: '0oa1',
      clientSecret: { env: 'S' },
      groups: [{ name: 'G', role: 'viewer' }],
    };
    const parsed = consoleSchema.parse({ signIn: { ...signIn, clientSecretExpires: '2026-12-01' } });
    expect(expiringOfConsole(parsed)).toMatchObject([{ kind: 'console_secret', expiresAt: new Date('2026-12-02') }]);
    expect(expiringOfConsole(consoleSchema.parse({ signIn }))).toEqual([]);
    expect(expiringOfConsole(undefined)).toEqual([]);
  });
});

const secret = (inDays: number | null, more: Partial<Expiring> = {}): Expiring => ({
  kind: 'provider_token',
  id: String(inDays),
  name: 'x',
  expiresAt: inDays === null ? null : new Date(now.getTime() + inDays * 86_400_000),
  isReplaced: false,
  ...more,
});

describe('a secret that ends', () => {
  test.each([
    [31, 'goes_on', 31],
    [30.9, 'ends_soon', 30],
    [0.5, 'ends_soon', 0],
    [0, 'ended', 0],
    [-3, 'ended', 0],
    [null, 'unknown', null],
  ] as const)('in %s days is %s', (inDays, state, daysLeft) => {
    expect(judgeExpiry(secret(inDays), now)).toEqual({ state, daysLeft });
  });

  test('is a warning early enough for its kind, and none where another has replaced it', () => {
    expect(needsRenewal(secret(20), now)).toBe(true);
    expect(needsRenewal(secret(20, { isReplaced: true }), now)).toBe(false);
    // Used 10 days ago: reading may go on.
    expect(needsRenewal(secret(20, { kind: 'okta_token' }), now)).toBe(false);
    expect(needsRenewal(secret(14, { kind: 'okta_token' }), now)).toBe(true);
    expect(needsRenewal(secret(null), now)).toBe(false);
  });

  test('is listed from 45 days before on, the soonest first', () => {
    const ids = listExpiring([secret(null), secret(46), secret(45), secret(-1), secret(3)], now).map(({ id }) => id);
    expect(ids).toEqual(['-1', '3', '45', 'null']);
  });
});
