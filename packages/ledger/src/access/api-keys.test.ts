import { beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../open-ledger.ts';
import { openTestLedger } from '../testing/open-test-ledger.ts';
import { createApiKey, findApiKey } from './api-keys.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await openTestLedger());
});

describe('an API key', () => {
  test('is found by itself, with what it may do', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read', 'write'] });
    expect(key).toMatch(/^kc_[\w-]{43}$/);
    expect(await findApiKey(ledger, key)).toEqual({ id, tenant: 'acme', name: 'ci', scopes: ['read', 'write'] });
  });

  test('is not in the database in clear', async () => {
    const { key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: [] });
    const { rows } = await sql<{ row: string }>`select k::text as row from api_keys k`.execute(ledger.db);
    const dump = rows.map(({ row }) => row).join('\n');
    for (const form of [key, key.slice(3), Buffer.from(key).toString('hex')]) expect(dump).not.toContain(form);
  });

  test.each(['', 'kc_unknown', "' or true --"])('that nobody was given finds nobody', async (key) => {
    expect(await findApiKey(ledger, key)).toBeNull();
  });

  test('that was revoked finds nobody', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read'] });
    await ledger.db.updateTable('api_keys').set({ revoked_at: new Date() }).where('id', '=', id).execute();
    expect(await findApiKey(ledger, key)).toBeNull();
  });

  test('with a scope that this version does not know may do the rest', async () => {
    const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['read'] });
    await sql`update api_keys set scopes = '{read,fly}' where id = ${id}`.execute(ledger.db);
    expect(await findApiKey(ledger, key)).toMatchObject({ scopes: ['read'] });
  });
});

describe('an API key that a set-up brings along', () => {
  const bring = (tenant: string, given: string) =>
    createApiKey(ledger, { tenant, name: 'local', scopes: ['read'], given });

  test('is the same one each time', async () => {
    const first = await bring('acme', 'kc_given');
    expect(first).toEqual({ id: expect.stringMatching(/^key_/), key: 'kc_given' });
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
