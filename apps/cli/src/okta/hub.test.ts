import { writeFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createUser, startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';
import { z } from 'zod';

import { checksThatAre } from '../testing/doctor-checks.ts';
import { doctorForEachTest } from '../testing/doctor-under-test.ts';
import { run, type Ran } from '../testing/run.ts';

const under = doctorForEachTest({ hasHook: false });

let hub: RunningOrg;
let weakToken: string;
beforeAll(async () => {
  hub = await startOrg({ issuerHost: 'hub.okta.example' });
  const id = await createUser(hub);
  await hub.call('PUT', `/sim/users/${id}/roles`, { roles: [{ type: 'REPORT_ADMIN' }] });
  const { body } = await hub.call('POST', `/sim/users/${id}/tokens`);
  weakToken = z.object({ token: z.string() }).parse(body).token;
});
afterAll(() => hub.close());

async function useHub(secret: string): Promise<void> {
  const path = under.setup.at('keys/hub-token');
  await writeFile(path, secret, { mode: 0o600 });
  await under.changeTenant(() =>
    Object.assign(under.setup.tenant, { hub: { orgUrl: hub.url, auth: { token: { file: path } } } }),
  );
}

const hubCommand = (...more: string[]): Promise<Ran> => run(['hub', ...more], { environment: under.setup.environment });

describe('hub list', () => {
  test('names the tenants that have one, and how they sign in there', async () => {
    expect((await hubCommand('list')).out).toBe('No tenant of keycourier.yaml has a hub.\n');
    await useHub(token);
    const { orgUrl } = under.setup.tenant.okta;
    expect((await hubCommand('list', '--json')).json()).toEqual({
      items: [{ tenant: 'acme', spoke: orgUrl, hub: hub.url, auth: 'api_token' }],
    });
    expect((await hubCommand('list')).out).toMatch(/acme .* API token/);
  });
});

describe('hub test', () => {
  test('shows what each check saw', async () => {
    await useHub(token);
    const { code, out } = await hubCommand('test');
    expect(out).toMatch(/✓ credentials +the API token of administrator@hub\.okta\.example/);
    expect(out).toMatch(/✓ may_create +may create users \(SUPER_ADMIN\)/);
    expect(out).not.toContain('✗');
    expect(out).not.toContain(token);
    expect(code).toBe(0);
  });

  test('ends with 1 for a token that Okta accepts and that may do nothing, and says what to grant', async () => {
    await useHub(weakToken);
    const { code, out } = await hubCommand('test');
    expect(code).toBe(1);
    expect(out).toMatch(/✓ credentials/);
    expect(out).toMatch(/✗ users +the list of users is empty[^]*→ give the caller a role that may view all users/);
    expect(out).toMatch(/✗ may_create/);
    const answer = (await hubCommand('test', '--json')).json();
    expect(answer).toMatchObject({ tenant: 'acme', hub: hub.url, passed: false });
  });

  test('of a tenant without a hub, or with a secret that cannot be read, is a usage error', async () => {
    expect((await hubCommand('test')).code).toBe(2);
    await under.changeTenant(() =>
      Object.assign(under.setup.tenant, { hub: { orgUrl: hub.url, auth: { token: { env: 'NO_SUCH_TOKEN' } } } }),
    );
    const { code, err } = await hubCommand('test');
    expect(code).toBe(2);
    expect(err).toContain('NO_SUCH_TOKEN');
  });
});

describe('the doctor', () => {
  test('is green without a hub and for credentials that are sufficient, and red for others', async () => {
    expect(checksThatAre('green', await under.doctor())['okta.hub']).toMatch(/there is no hub/);
    await useHub(token);
    expect(checksThatAre('green', await under.doctor())['okta.hub']).toMatch(/all 9 checks/);
    await useHub(weakToken);
    expect(checksThatAre('red', await under.doctor())['okta.hub']).toMatch(/^users: .* and 6 more/);
  });
});
