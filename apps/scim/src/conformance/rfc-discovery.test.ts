import { readdirSync, readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rfcSampleNames } from '@keycourier/scim-protocol/testing/rfc-samples';
import { z } from 'zod';

import { sample } from '../testing/rfc-exchange.ts';
import { runScim, type Answer, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim();
});
afterAll(() => scim.stop());

const resourceSchemas = [
  'rfc7643-8.7.1-schema-user',
  'rfc7643-8.7.1-schema-enterprise_user',
  'rfc7643-8.7.1-schema-group',
];
const otherSchemas = [
  'rfc7643-8.7.2-schema-schema',
  'rfc7643-8.7.2-schema-resource_type',
  'rfc7643-8.7.2-schema-service_provider_configuration',
];
const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** But for its words, which each server has of its own. */
const errorOf = ({ body: { detail, ...rest } }: Answer) => ({ ...rest, detail: typeof detail });

const schema = z.looseObject({ id: z.string(), name: z.string() });

describe('errors (RFC 7644 §3.12)', () => {
  const wordless = (name: string) => ({ ...sample(name), detail: 'string' });
  const unknown = '/Users/2819c223-7f76-453a-919d-413861904646';

  test('no such resource', async () => {
    expect(errorOf(await scim.call('GET', unknown))).toEqual(wordless('rfc7644-3.12-error-not_found'));
    expect(errorOf(await scim.call('DELETE', unknown))).toEqual(wordless('rfc7644-3.6-error-not_found'));
  });

  test('an attribute that is readOnly', async () => {
    const made = await scim.call('POST', '/Users', { body: { userName: 'read-only' } });
    const patch = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'remove', path: 'id' }],
    };
    const answer = await scim.call('PATCH', `/Users/${String(made.body['id'])}`, { body: patch });
    expect(errorOf(answer)).toEqual(wordless('rfc7644-3.12-error-bad_request'));
  });

  test.each(['{"userName": "Alice"', '[', 'true', '"Alice"', '{"schemas":["x"]]}'])('a body of %s', async (body) => {
    const answer = await scim.call('POST', '/Users', { body });
    expect(errorOf(answer)).toEqual(wordless('rfc7644-3.7.3-error-invalid_syntax'));
  });
});

describe('discovery (RFC 7643 §5 to §8.7, RFC 7644 §4)', () => {
  const resources = z.looseObject({ Resources: z.array(z.looseObject({ id: z.string() })) });
  const based = (name: string) => {
    const text = JSON.stringify(sample(name)).replaceAll('https://example.com/v2', scim.baseUrlOf(scim.connection));
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  };

  test('resource types, in a list and one by one', async () => {
    const { body } = await scim.call('GET', '/ResourceTypes');
    const { Resources } = based('rfc7644-4-list_response-resource_types');
    expect(body).toMatchObject({ totalResults: 2, startIndex: 1, itemsPerPage: 2 });
    const [user, group] = resources.parse(body).Resources;
    // No extension is required here, and there is one of ours.
    const withoutExtensions = { schemaExtensions: expect.any(Array) };
    expect([{ ...user, ...withoutExtensions }, group]).toEqual(
      z
        .array(z.looseObject({ id: z.string() }))
        .parse(Resources)
        .map((one) => (one.id === 'User' ? { ...one, ...withoutExtensions } : one)),
    );
    expect((await scim.call('GET', '/ResourceTypes/User')).body).toEqual(user);
    expect({ ...user, ...withoutExtensions }).toEqual({
      ...based('rfc7643-8.6-resource_type-user'),
      ...withoutExtensions,
    });
    expect((await scim.call('GET', '/ResourceTypes/Group')).body).toEqual(based('rfc7643-8.6-resource_type-group'));
  });

  test('the configuration', async () => {
    const { body } = await scim.call('GET', '/ServiceProviderConfig');
    const expected = based('rfc7643-8.5-service_provider_configuration');
    expect(Object.keys(body).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const name of ['schemas', 'patch', 'bulk', 'filter', 'sort', 'etag'])
      expect(body[name]).toEqual(expected[name]);
    expect(body['changePassword']).toEqual({ supported: false });
  });

  test('schemas, each by its URN', async () => {
    const listed = resources.parse((await scim.call('GET', '/Schemas')).body).Resources;
    for (const name of resourceSchemas) {
      const { id, name: title } = schema.parse(sample(name));
      const { body } = await scim.call('GET', `/Schemas/${id}`);
      expect(body).toMatchObject({ id, name: title });
      expect(listed).toContainEqual(body);
    }
    // What describes schemas, types and the configuration is no schema of a resource: packages/scim-protocol compares them.
    for (const name of otherSchemas)
      expect((await scim.call('GET', `/Schemas/${schema.parse(sample(name)).id}`)).status).toBe(404);
  });

  test.each(['/Schemas', '/ResourceTypes', '/ServiceProviderConfig', `/Schemas/${userUrn}`])(
    '%s with a filter is forbidden',
    async (path) => {
      expect((await scim.call('GET', `${path}?filter=id eq "x"`)).status).toBe(403);
    },
  );
});

test('every example of the RFCs is sent or compared', () => {
  const folder = new URL('../../src/conformance/', import.meta.url);
  const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
  expect(rfcSampleNames).toHaveLength(49);
  expect(rfcSampleNames.filter((name) => !sources.some((source) => source.includes(`'${name}'`)))).toEqual([]);
});
