import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { createApiKey, findApiKey, listApiKeys, readApiKey, revokeApiKey, rotateApiKey } from './api-keys.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
afterAll(closeTestLedgers);

describe('an API key', () => {
  test('that is made while its maker is revoked with all that it made is revoked, too, or refused', async () => {
    for (let round = 0; round < 20; round++) {
      const { id } = await createApiKey(ledger, { tenant: 'acme', name: 'maker', scopes: ['operator'] });
      const making = Array.from({ length: 4 }, () =>
        createApiKey(ledger, { tenant: 'acme', name: 'made', scopes: ['read'], createdBy: id }).catch(
          (error: unknown) => error,
        ),
      );
      const [revoked, ...made] = await Promise.all([
        revokeApiKey(ledger, { tenant: 'acme', id, withItsKeys: true }),
        ...making,
      ]);
      for (const one of made)
        if (one instanceof Error) expect(one).toMatchObject({ code: 'api_key_revoked' });
        else expect(revoked).toContain(z.object({ id: z.string() }).parse(one).id);
    }
  });

  test('is found by its secret, with its scopes', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read', 'write'] });
    expect(key).toMatch(/^kc_[\w-]{43}$/);
    expect(await findApiKey(ledger, key)).toEqual({
      id,
      tenant: 'acme',
      name: 'ci',
      scopes: ['read', 'write'],
      requestsPerMinute: null,
      expiresAt: null,
    });
  });

  test('may have a limit of its own', async () => {
    const { key } = await createApiKey(ledger, {
      tenant: 'acme',
      name: 'ci',
      scopes: [],
      requestsPerMinute: 7,
    });
    expect(await findApiKey(ledger, key)).toMatchObject({ requestsPerMinute: 7 });
  });

  test('is not in the database in plain text', async () => {
    const { key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: [] });
    const { rows } = await sql<{ row: string }>`select k::text as row from api_keys k`.execute(ledger.db);
    const dump = rows.map(({ row }) => row).join('\n');
    for (const form of [key, key.slice(3), Buffer.from(key).toString('hex')]) expect(dump).not.toContain(form);
  });

  test.each(['', 'kc_unknown', "' or true --"])('that was never issued has no caller', async (key) => {
    expect(await findApiKey(ledger, key)).toBeNull();
  });

  test('that was revoked has no caller', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read'] });
    expect(await revokeApiKey(ledger, { tenant: 'acme', id })).toEqual([id]);
    expect(await findApiKey(ledger, key)).toBeNull();
  });

  test('with a scope that this version does not know may do the rest', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read'] });
    await sql`update api_keys set scopes = '{read,fly}' where id = ${id}`.execute(ledger.db);
    expect(await findApiKey(ledger, key)).toMatchObject({ scopes: ['read'] });
  });
});

describe('an API key from the set-up', () => {
  const bring = (tenant: string, key: string) => createApiKey(ledger, { tenant, name: 'local', scopes: ['read'], key });

  test('is the same one each time', async () => {
    const first = await bring('acme', 'kc_given');
    expect(first).toEqual({ id: expect.stringMatching(/^key_/), key: 'kc_given', createdAt: expect.any(Date) });
    expect(await bring('acme', 'kc_given')).toEqual(first);
    expect(await findApiKey(ledger, 'kc_given')).toMatchObject({ id: first.id });
  });

  test('is made once by ten at the same moment', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => bring('acme', 'kc_at_once')));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  test('is refused when it is the key of another tenant', async () => {
    await bring('acme', 'kc_taken');
    await expect(bring('globex', 'kc_taken')).rejects.toMatchObject({ name: 'LedgerError', code: 'api_key_taken' });
    expect(await findApiKey(ledger, 'kc_taken')).toMatchObject({ tenant: 'acme' });
  });
});

describe('the keys of a tenant', () => {
  test('are listed newest first, revoked ones too, and without their secrets', async () => {
    const tenant = 'listed';
    const first = await createApiKey(ledger, { tenant, name: 'first', scopes: ['read'] });
    const second = await createApiKey(ledger, { tenant, name: 'second', scopes: ['write'], requestsPerMinute: 5 });
    await revokeApiKey(ledger, { tenant, id: first.id });
    const keys = await listApiKeys(ledger, tenant);
    expect(keys).toEqual([
      {
        id: second.id,
        name: 'second',
        scopes: ['write'],
        requestsPerMinute: 5,
        createdAt: expect.any(Date),
        revokedAt: null,
        formerUntil: null,
        createdBy: null,
        owner: null,
        expiresAt: null,
        lastUsedAt: null,
      },
      expect.objectContaining({ id: first.id, revokedAt: expect.any(Date) }),
    ]);
    expect(await readApiKey(ledger, tenant, second.id)).toEqual(keys[0]);
  });

  test('cannot be seen, rotated or revoked by another tenant', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read'] });
    expect(await readApiKey(ledger, 'globex', id)).toBeNull();
    expect(await rotateApiKey(ledger, { tenant: 'globex', id, graceHours: 0 })).toBeNull();
    expect(await revokeApiKey(ledger, { tenant: 'globex', id })).toEqual([]);
    expect((await listApiKeys(ledger, 'globex')).map((listed) => listed.id)).not.toContain(id);
    expect(await findApiKey(ledger, key)).toMatchObject({ id });
  });

  test('once revoked stay revoked, since the same moment', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read'] });
    await revokeApiKey(ledger, { tenant: 'acme', id });
    const first = await readApiKey(ledger, 'acme', id);
    expect(await revokeApiKey(ledger, { tenant: 'acme', id })).toEqual([id]);
    expect(await readApiKey(ledger, 'acme', id)).toEqual(first);
    expect(await rotateApiKey(ledger, { tenant: 'acme', id, graceHours: 1 })).toBeNull();
    expect(await findApiKey(ledger, key)).toBeNull();
  });
});

describe('a rotated key', () => {
  const rotated = async (graceHours: number) => {
    const { id, key: former } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read'] });
    const made = await rotateApiKey(ledger, { tenant: 'acme', id, graceHours });
    return { id, former, fresh: made?.key ?? '', until: made?.formerUntil ?? null };
  };

  test('is accepted with its new secret, and with the former one until its time is over', async () => {
    const { id, former, fresh, until } = await rotated(24);
    expect(fresh).not.toBe(former);
    expect(Math.abs((until?.getTime() ?? 0) - Date.now() - 24 * 3_600_000)).toBeLessThan(60_000);
    expect(await findApiKey(ledger, fresh)).toMatchObject({ id, scopes: ['read'] });
    expect(await findApiKey(ledger, former)).toMatchObject({ id, scopes: ['read'] });
    await sql`update api_keys set former_until = now() - interval '1 second' where id = ${id}`.execute(ledger.db);
    expect(await findApiKey(ledger, former)).toBeNull();
    expect(await readApiKey(ledger, 'acme', id)).toMatchObject({ formerUntil: null });
    expect(await findApiKey(ledger, fresh)).toMatchObject({ id });
  });

  test('without a grace period is accepted with its new secret alone', async () => {
    const { id, former, fresh, until } = await rotated(0);
    expect(until).toBeNull();
    expect(await findApiKey(ledger, former)).toBeNull();
    expect(await findApiKey(ledger, fresh)).toMatchObject({ id });
  });

  test('has two secrets at most: the one before the former is not accepted', async () => {
    const { id, former, fresh } = await rotated(24);
    const again = await rotateApiKey(ledger, { tenant: 'acme', id, graceHours: 24 });
    expect(await findApiKey(ledger, former)).toBeNull();
    expect(await findApiKey(ledger, fresh)).toMatchObject({ id });
    expect(await findApiKey(ledger, again?.key ?? '')).toMatchObject({ id });
  });

  test('once revoked is accepted with none of its secrets', async () => {
    const { id, former, fresh } = await rotated(24);
    await revokeApiKey(ledger, { tenant: 'acme', id });
    for (const key of [former, fresh]) expect(await findApiKey(ledger, key)).toBeNull();
  });

  test('has no secret in the database in plain text', async () => {
    const { former, fresh } = await rotated(24);
    const { rows } = await sql<{ row: string }>`select k::text as row from api_keys k`.execute(ledger.db);
    const dump = rows.map(({ row }) => row).join('\n');
    for (const form of [former.slice(3), fresh.slice(3)]) expect(dump).not.toContain(form);
  });
});
