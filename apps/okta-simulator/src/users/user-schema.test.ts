import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { bodyOf, createUser, profile, startOrg, type Reply, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
beforeAll(async () => {
  org = await startOrg();
});
afterAll(() => org.close());

const schemaPath = '/api/v1/meta/schemas/user/default';
const change = (properties: Record<string, unknown>): Promise<Reply> =>
  org.call('POST', schemaPath, {
    definitions: { custom: { id: '#custom', type: 'object', properties, required: [] } },
  });

const schemaShape = z.looseObject({
  definitions: z.looseObject({ custom: z.looseObject({ properties: z.record(z.string(), z.unknown()) }) }),
});
const custom = async (): Promise<Record<string, unknown>> =>
  bodyOf(schemaShape, await org.call('GET', schemaPath)).definitions.custom.properties;

const ready = { title: 'Security key ready', type: 'boolean' };

beforeEach(async () => {
  const names = Object.keys(await custom());
  await change(Object.fromEntries(names.map((name) => [name, null])));
});

describe('the user schema', () => {
  test('is changed property by property: others stay, null removes', async () => {
    await change({ first: ready });
    await change({ second: { ...ready, permissions: [{ principal: 'SELF', action: 'READ_WRITE' }] } });
    expect(await custom()).toMatchObject({
      first: { ...ready, scope: 'NONE', permissions: [{ principal: 'SELF', action: 'READ_ONLY' }] },
      second: { permissions: [{ principal: 'SELF', action: 'READ_WRITE' }] },
    });
    await change({ first: null });
    expect(Object.keys(await custom())).toEqual(['second']);
  });

  test.each([
    ['two names that differ by case alone', { READY: ready }],
    ['two such names at once', { one: ready, ONE: ready }],
    ['the name of a base attribute, in any case', { Login: ready }],
    ['another type of a property', { ready: { ...ready, type: 'string' } }],
    ['a type that Okta does not have', { other: { ...ready, type: 'date' } }],
    ['a property without a title', { other: { type: 'boolean' } }],
  ])('refuses %s', async (_, properties) => {
    await change({ ready });
    expect(await change(properties)).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } });
    expect(Object.keys(await custom())).toEqual(['ready']);
  });

  test('a name may return in another case once it was removed', async () => {
    await change({ ready });
    expect((await change({ ready: null, Ready: ready })).status).toBe(200);
    expect(Object.keys(await custom())).toEqual(['Ready']);
  });

  test('two changes at once are both kept', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => change({ [`${name}Ready`]: ready })));
    expect(Object.keys(await custom()).toSorted()).toEqual(['aReady', 'bReady', 'cReady', 'dReady']);
  });
});

describe('a custom attribute', () => {
  beforeEach(() =>
    change({
      ready,
      badge: { title: 'Badge', type: 'integer' },
      floors: { title: 'Floors', type: 'array' },
      colour: { title: 'Colour', type: 'string', maxLength: 5, enum: ['red', 'blue'] },
    }),
  );

  test('is kept in profiles by its type', async () => {
    const values = { ready: true, badge: 7, floors: ['1', '2'], colour: 'red' };
    const id = await createUser(org, values);
    expect(await org.call('GET', `/api/v1/users/${id}`)).toMatchObject({ body: { profile: values } });
    const updated = await org.call('POST', `/api/v1/users/${id}`, { profile: { ready: false } });
    expect(updated).toMatchObject({ body: { profile: { ...values, ready: false } } });
  });

  test.each([{ ready: 'true' }, { badge: 1.5 }, { floors: '1' }, { colour: 'green' }, { unknown: 1 }])(
    'such as %j is refused, and nothing is changed',
    async (changes) => {
      const id = await createUser(org, { ready: true });
      const [name = ''] = Object.keys(changes);
      const before = await org.call('GET', `/api/v1/users/${id}`);
      expect(await org.call('POST', `/api/v1/users/${id}`, { profile: changes })).toMatchObject({
        status: 400,
        body: { errorCode: 'E0000001', errorSummary: `Api validation failed: ${name}` },
      });
      expect((await org.call('GET', `/api/v1/users/${id}`)).body).toEqual(before.body);
      expect((await org.call('POST', '/api/v1/users', { profile: profile(changes) })).status).toBe(400);
    },
  );
});
