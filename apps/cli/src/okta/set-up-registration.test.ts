import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { run, type Ran } from '../testing/run.ts';
import { writeSetup, type WrittenSetup } from '../testing/setup.ts';
import { startWorld, type World } from '../testing/world.ts';

let world: World;
let setup: WrittenSetup;
let idp: string;
beforeAll(async () => {
  world = await startWorld();
  idp = withId.parse((await world.org.call('POST', '/sim/idps', { name: 'Passwordless' })).body).id;
});
afterAll(() => world.close());
beforeEach(async () => {
  setup = await writeSetup(world);
});

const withId = z.looseObject({ id: z.string() });
const schemaPath = '/api/v1/meta/schemas/user/default';
const schemaShape = z.looseObject({
  definitions: z.looseObject({ custom: z.looseObject({ properties: z.record(z.string(), z.looseObject({})) }) }),
});
const attributes = async () =>
  schemaShape.parse((await world.org.call('GET', schemaPath)).body).definitions.custom.properties;
const change = (properties: Record<string, unknown>) =>
  world.org.call('POST', schemaPath, { definitions: { custom: { properties } } });
const groups = async () =>
  z
    .array(withId.extend({ type: z.string() }))
    .parse((await world.org.call('GET', '/api/v1/groups')).body)
    .filter(({ type }) => type === 'OKTA_GROUP');
const rulesPath = async () =>
  `/api/v1/policies/${z.array(withId).parse((await world.org.call('GET', '/api/v1/policies?type=IDP_DISCOVERY')).body)[0]?.id}/rules`;
const rules = async () =>
  z
    .array(withId.extend({ name: z.string(), system: z.boolean() }))
    .parse((await world.org.call('GET', await rulesPath())).body)
    .filter(({ system }) => !system);

afterEach(async () => {
  await world.org.call('PUT', '/sim/faults', []);
  for (const { id } of await rules()) await world.org.call('DELETE', `${await rulesPath()}/${id}`);
  for (const { id } of await groups()) await world.org.call('DELETE', `/api/v1/groups/${id}`);
  await change(Object.fromEntries(Object.keys(await attributes()).map((name) => [name, null])));
  await setup.remove();
});

const oktaSetup = (...more: string[]): Promise<Ran> =>
  run(['okta', 'setup', ...more], { environment: setup.environment });

describe('okta setup for registrations', () => {
  test('makes attribute, group and routing rule, says so, and prints the config', async () => {
    const { code, out, err } = await oktaSetup(
      '--registration-attribute',
      '--registration-group',
      '--routing-rule',
      '--idp',
      idp,
    );
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(await attributes()).toMatchObject({
      keycourierRegistered: {
        type: 'boolean',
        scope: 'NONE',
        permissions: [{ principal: 'SELF', action: 'READ_ONLY' }],
        master: { type: 'OKTA' },
      },
    });
    const [group] = await groups();
    expect(await rules()).toMatchObject([{ name: 'keycourier acme' }]);
    expect(err.match(/✓ made the/g)).toHaveLength(3);
    expect(out).toContain('attribute: { name: "keycourierRegistered", type: "boolean", ready: true, notReady: false }');
    expect(out).toContain(`group: { id: "${group?.id}" }`);
  });

  test('a second time changes nothing', async () => {
    const all = ['--registration-attribute', '--registration-group', '--routing-rule', '--idp', idp];
    const first = await oktaSetup(...all);
    const before = [await attributes(), await groups(), await rules()];
    const second = await oktaSetup(...all);
    expect(second.code).toBe(0);
    expect(second.out).toBe(first.out);
    expect(second.err).not.toContain('made');
    expect([await attributes(), await groups(), await rules()]).toEqual(before);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'of another type',
      { keycourierRegistered: { title: 'x', type: 'string', master: { type: 'OKTA' } } },
      /its type is string, not boolean/,
    ],
    [
      'that users may change',
      {
        keycourierRegistered: {
          title: 'x',
          type: 'boolean',
          permissions: [{ principal: 'SELF', action: 'READ_WRITE' }],
        },
      },
      /users may change it themselves/,
    ],
    [
      'that a profile source owns',
      { keycourierRegistered: { title: 'x', type: 'boolean' } },
      /a profile source owns it/,
    ],
    [
      'in another letter case',
      { KeycourierRegistered: { title: 'x', type: 'boolean' } },
      /its name is KeycourierRegistered/,
    ],
  ])('changes no attribute %s, and says what differs', async (_, properties, why) => {
    await change(properties);
    const before = await attributes();
    const { code, err } = await oktaSetup('--registration-attribute');
    expect(code).toBe(1);
    expect(err).toMatch(why);
    expect(await attributes()).toEqual(before);
  });

  test('names an identity provider that the org lacks, before anything changes', async () => {
    const { code, err } = await oktaSetup('--registration-attribute', '--routing-rule', '--idp', '0oaUnknown');
    expect(code).toBe(1);
    expect(err).toMatch(/no identity provider 0oaUnknown.*Nothing was changed/);
    expect(err).not.toContain('✓');
    expect([await attributes(), await rules()]).toEqual([{}, []]);
  });

  test('takes back what it made where a later part fails', async () => {
    await world.org.call('PUT', '/sim/faults', [
      { match: { method: 'POST', path: '/api/v1/policies' }, respond: { status: 400 } },
    ]);
    const { code, err } = await oktaSetup(
      '--registration-attribute',
      '--registration-group',
      '--routing-rule',
      '--idp',
      idp,
    );
    expect(code).toBe(1);
    expect(err.match(/✓ taken back/g)).toHaveLength(2);
    expect([await attributes(), await groups(), await rules()]).toEqual([{}, [], []]);
  });

  test('reports what could not be taken back', async () => {
    await world.org.call('PUT', '/sim/faults', [
      { match: { method: 'DELETE', path: '/api/v1/groups' }, respond: { status: 400 } },
      { match: { method: 'POST', path: '/api/v1/policies' }, respond: { status: 400 } },
    ]);
    const { code, err } = await oktaSetup(
      '--registration-attribute',
      '--registration-group',
      '--routing-rule',
      '--idp',
      idp,
    );
    expect(code).toBe(1);
    expect(err).toMatch(/could not be taken back, delete it in Okta: made the group/);
  });

  test('names the missing scopes', async () => {
    await world.org.call('PUT', '/sim/faults', [
      { match: { path: '/api/v1/meta/schemas/user/default' }, respond: { status: 403 } },
    ]);
    const { code, err } = await oktaSetup('--registration-attribute');
    expect(code).not.toBe(0);
    expect(err).toMatch(/okta\.schemas\.manage/);
  });

  test.each([
    [['--routing-rule', '--registration-attribute'], /--idp/],
    [['--idp', '0oa1', '--registration-attribute'], /needs --routing-rule/],
    [['--routing-rule', '--idp', '0oa1'], /add --registration-attribute/],
    [['--registration-attribute', 'login'], /Okta's own/],
  ])('%j is refused before anything changes', async (options, why) => {
    const { code, err } = await oktaSetup(...options);
    expect(code).toBe(2);
    expect(err).toMatch(why);
    expect([await attributes(), await groups(), await rules()]).toEqual([{}, [], []]);
  });
});

describe('doctor, about registrations', () => {
  const check = async (): Promise<unknown> => {
    const { out } = await run(['doctor', '--json', '--timeout', '60'], { environment: setup.environment });
    const results = z.looseObject({ checks: z.array(z.looseObject({ check: z.string() })) }).parse(JSON.parse(out));
    return results.checks.find((one) => one.check === 'okta.registration');
  };

  test('is green with an attribute as it should be, and red without', async () => {
    Object.assign(setup.tenant, { registration: { attribute: {} } });
    await setup.writeConfig();
    expect(await check()).toMatchObject({ status: 'red', message: expect.stringMatching(/has no attribute/) });
    await oktaSetup('--registration-attribute');
    expect(await check()).toMatchObject({ status: 'green' });
  });

  test('is red with a group that the org lacks', async () => {
    Object.assign(setup.tenant, { registration: { group: { name: 'Nothing' } } });
    await setup.writeConfig();
    expect(await check()).toMatchObject({ status: 'red' });
  });
});
