import { describe, expect, test } from '@jest/globals';

import { resolveBulkIds } from './bulk/bulk-ids.ts';
import { toBulkResponse } from './bulk/bulk-response.ts';
import { readBulk } from './bulk/read-bulk.ts';
import { bulkTooLarge } from './bulk/read-bulk.ts';
import { toErrorBody } from './error-body.ts';
import { evaluate, isList, isObject } from './filter/evaluate.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { readGroupPatch } from './patch/read-group-patch.ts';
import { toListResponse } from './resources/list-response.ts';
import { presentGroup, presentUser } from './resources/present.ts';
import { readProjection, wholeResource } from './resources/projection.ts';
import { readGroup, readUser } from './resources/read-resource.ts';
import { readSearchRequest } from './resources/search-request.ts';
import { presentResourceTypes, presentSchemas, presentServiceProviderConfig } from './schemas/discovery.ts';
import { badRequest, ScimError } from './scim-error.ts';
import { conformanceProblems } from './testing/conformance.ts';
import { patchUser } from './testing/patch-user.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { rfcSample, rfcSampleNames } from './testing/rfc-samples.ts';

const baseUrl = 'https://example.com/v2';
const used = new Set<string>();

function sample(name: string): JsonObject {
  used.add(name);
  return rfcSample(name);
}

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  value !== undefined && isList(value) ? value.filter(isObject) : [];

const part = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});

/** A sample's own id and times, so that an answer can be compared with it. */
const known = (answer: JsonObject) => ({
  id: text(answer['id']),
  createdAt: new Date(text(part(answer['meta'])['created'])),
  lastModified: new Date(text(part(answer['meta'])['lastModified'])),
  version: 7,
});

/** Without what each server chooses: the ETag, and the digits of a second's fraction. */
const comparable = ({ meta, ...rest }: JsonObject): JsonObject => {
  const { version: _, created, lastModified, ...others } = part(meta);
  const moments = { created: Date.parse(text(created)), lastModified: Date.parse(text(lastModified)) };
  return { ...rest, meta: { ...others, ...moments } };
};

const presented = (request: JsonObject, answer: JsonObject): JsonObject => {
  const { attributes, active, externalId } = readUser(request);
  const groups = list(request['groups']).map((group) => ({
    id: text(group['value']),
    displayName: text(group['display']),
  }));
  const user = { ...known(answer), attributes, active: active ?? true, externalId, groups };
  return presentUser(user, { baseUrl, projection: wholeResource });
};

describe('resources (RFC 7643 §8, RFC 7644 §3.3, §3.4.1, §3.5.1)', () => {
  test.each([
    ['rfc7643-8.1-user-minimal', 'rfc7643-8.1-user-minimal'],
    ['rfc7644-3.3-user-post_request', 'rfc7644-3.3-user-post_response'],
    ['rfc7644-3.14-user-post_request', 'rfc7644-3.14-user-post_response'],
    ['rfc7644-3.4.1-user-known-resource', 'rfc7644-3.4.1-user-known-resource'],
    ['rfc7644-3.5.1-user-put_request', 'rfc7644-3.5.1-user-put_response'],
  ])('%s is answered by %s', (request, response) => {
    const answer = sample(response);
    // The RFC leaves out that a user is active, and in one example the externalId that the request has.
    const { externalId } = sample(request);
    const expected = { ...answer, active: true, ...(externalId === undefined ? {} : { externalId }) };
    expect(comparable(presented(sample(request), answer))).toEqual(comparable(expected));
  });

  test.each(['rfc7643-8.2-user-full', 'rfc7643-8.3-enterprise_user'])('%s comes back without its password', (name) => {
    const { password, ...full } = sample(name);
    expect(password).toBe('t1meMa$heen');
    const answer = comparable(presented(sample(name), full));
    const groups = list(full['groups']).map((group) => ({ ...group, type: 'direct' }));
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const { manager, ...department } = part(full[enterprise]);
    const { displayName: _, ...withoutName } = part(manager);
    const expected = enterprise in full ? { ...full, [enterprise]: { ...department, manager: withoutName } } : full;
    expect(answer).toEqual(comparable({ ...expected, groups }));
  });

  test('a group comes back with its members', () => {
    const group = sample('rfc7643-8.4-group');
    const { displayName, externalId, members } = readGroup(group);
    const displays = new Map(list(group['members']).map((member) => [member['value'], text(member['display'])]));
    const stored = (members ?? []).map((id) => ({ id, display: displays.get(id) ?? '' }));
    const answer = presentGroup(
      { ...known(group), displayName, externalId, members: stored },
      { baseUrl, projection: wholeResource },
    );
    const typed = list(group['members']).map((member) => ({ ...member, type: 'User' }));
    expect(comparable(answer)).toEqual(comparable({ ...group, members: typed }));
  });

  test('a partial answer has what was asked for, id and schemas', () => {
    const whole = sample('rfc7644-3.4.1-user-known-resource');
    const { attributes, externalId } = readUser(whole);
    const user = { ...known(whole), attributes, active: true, externalId, groups: [] };
    const projection = readProjection({ attributes: ['userName'] }, 'User');
    expect(presentUser(user, { baseUrl, projection })).toEqual(sample('rfc7644-3.9-user-partial_response'));
  });
});

describe('queries (RFC 7644 §3.4)', () => {
  test('a page says how many there are of all, and its resources are those that were asked for', () => {
    const expected = sample('rfc7644-3.4.2-list_response-partial_attributes');
    const { totalResults, ...page } = toListResponse({
      totalResults: 2,
      startIndex: 1,
      resources: list(expected['Resources']),
    });
    expect({ totalResults, ...page }).toEqual({ ...expected, itemsPerPage: 2, startIndex: 1 });
  });

  test('a search names its attributes, filter and page', () => {
    const query = readSearchRequest(sample('rfc7644-3.4.3-search_request'), 'User');
    expect(query.projection.only?.map(({ key }) => key)).toEqual(['displayName', 'userName']);
    expect([query.startIndex, query.count]).toEqual([1, 10]);
    const answer = sample('rfc7644-3.4.3-list_response-post_query');
    const found = list(answer['Resources']);
    for (const resource of found)
      expect(query.filter !== null && evaluate(query.filter, ({ stored }) => resource[stored])).toBe(true);
    const page = toListResponse({ totalResults: 100, startIndex: query.startIndex, resources: found });
    // The RFC's answer shows two of its ten.
    expect(page).toEqual({ ...answer, itemsPerPage: 2 });
  });
});

describe('PATCH (RFC 7644 §3.5.2)', () => {
  const before = readUser(rfcSample('rfc7643-8.2-user-full')).attributes;
  const after = (name: string, attribute: string): JsonValue | undefined =>
    patchUser(before, sample(name)).stored.get(attribute);
  const [work, home] = list(before.get('addresses'));

  test('add_emails: what is there already is no change, and nickname is nickName', () => {
    const patched = patchUser(before, sample('rfc7644-3.5.2.1-patch_op-add_emails'));
    expect(patched).toEqual({ stored: before, isChanged: false });
    const without = new Map([...before].filter(([name]) => name !== 'emails' && name !== 'nickName'));
    const added = patchUser(without, sample('rfc7644-3.5.2.1-patch_op-add_emails')).stored;
    expect(added.get('emails')).toEqual([{ value: 'babs@jensen.org', type: 'home' }]);
    expect(added.get('nickName')).toBe('Babs');
  });

  test('remove_multi_complex_value: the work address of the domain is gone, the other is left', () => {
    expect(after('rfc7644-3.5.2.2-patch_op-remove_multi_complex_value', 'emails')).toEqual([
      { value: 'babs@jensen.org', type: 'home' },
    ]);
  });

  test('replace_all_email_values: all values are replaced', () => {
    const stored = new Map([...before, ['emails', [{ value: 'old@example.com', type: 'other' }]] as const]);
    expect(patchUser(stored, sample('rfc7644-3.5.2.3-patch_op-replace_all_email_values')).stored.get('emails')).toEqual(
      [
        { value: 'bjensen@example.com', type: 'work', primary: true },
        { value: 'babs@jensen.org', type: 'home' },
      ],
    );
  });

  test('replace_street_address: the sub-attribute of the value that fits', () => {
    const addresses = after('rfc7644-3.5.2.3-patch_op-replace_street_address', 'addresses');
    expect(addresses).toEqual([{ ...work, streetAddress: '1010 Broadway Ave' }, home]);
  });

  test('replace_user_work_address: the whole value that fits', () => {
    const name = 'rfc7644-3.5.2.3-patch_op-replace_user_work_address';
    const [operation] = list(sample(name)['Operations']);
    expect(after(name, 'addresses')).toEqual([operation?.['value'], home]);
  });

  test.each([
    ['rfc7644-3.5.2.1-patch_op-add_members', ['add_members 2819c223-7f76-453a-919d-413861904646']],
    ['rfc7644-3.5.2.2-patch_op-remove_all_members', ['remove_all_members ']],
    [
      'rfc7644-3.5.2.2-patch_op-remove_and_add_one_member',
      ['remove_members 2819c223...919d-413861904646', 'add_members 08e1d05d...473d93df9210'],
    ],
    ['rfc7644-3.5.2.2-patch_op-remove_one_member', ['remove_members 2819c223-7f76-...413861904646']],
    [
      'rfc7644-3.5.2.3-patch_op-replace_all_members',
      ['remove_all_members ', 'add_members 2819c223-7f76-453a-919d-413861904646 08e1d05d-121c-4561-8b96-473d93df9210'],
    ],
  ])('%s', (name, expected) => {
    const read = readGroupPatch(sample(name));
    expect(read.map((operation) => `${operation.kind} ${'ids' in operation ? operation.ids.join(' ') : ''}`)).toEqual(
      expected,
    );
  });
});

describe('bulk (RFC 7644 §3.7)', () => {
  test('groups that name each other as members are a conflict, as the RFC permits', () => {
    const { operations } = readBulk(sample('rfc7644-3.7.1-bulk_request-circular_conflict'));
    expect(operations.map(({ refusal }) => refusal?.status)).toEqual([409, 409]);
    // The RFC's other answer would be groups as members of groups, which this service has not.
    const [group] = list(sample('rfc7644-3.7.1-list_response-circular_reference')['Resources']);
    expect(refusalOf(() => readGroup(group))?.scimType).toBe('invalidValue');
  });

  test.each(['rfc7644-3.7.2-bulk_request-temporary_identifier', 'rfc7644-3.7.2-bulk_request-enterprise_user'])(
    '%s: a bulkId is the id of what its operation made',
    (name) => {
      const { operations } = readBulk(sample(name));
      expect(operations.map(({ bulkId }) => bulkId)).toEqual(['qwerty', 'ytrewq']);
      const target = operations[1]?.target;
      const resolved = target === null || target === undefined ? null : resolveBulkIds(target, () => '92b725cd');
      expect(JSON.stringify(resolved)).toContain('"value":"92b725cd"');
      expect(JSON.stringify(resolved)).not.toContain('bulkId:');
    },
  );

  test('operations of all methods, in their order, stopping after one error', () => {
    const { failOnErrors, operations } = readBulk(sample('rfc7644-3.7.3-bulk_request-multiple_operations'));
    expect(failOnErrors).toBe(1);
    expect(operations.map(({ target }) => target?.method)).toEqual(['POST', 'PUT', 'PATCH', 'DELETE']);
    const patched = patchUser(new Map([['nickName', 'Babs']]), operations[2]?.target?.data ?? null).stored;
    expect([...patched]).toEqual([['userName', 'Dave']]);
  });

  test.each([
    'rfc7644-3.7.2-bulk_response-temporary_identifier',
    'rfc7644-3.7.3-bulk_response-multiple_operations',
    'rfc7644-3.7.3-bulk_response-multiple_errors',
    'rfc7644-3.7.3-bulk_response-error_invalid_syntax',
  ])('%s is what such results are answered with', (name) => {
    const expected = sample(name);
    const results = list(expected['Operations']).map((line, index) => {
      const error = part(line['response']);
      const status = Number(line['status']);
      const scimType = error['scimType'] === 'invalidSyntax' ? ({ scimType: 'invalidSyntax' } as const) : {};
      return {
        operation: {
          index,
          method: text(line['method']),
          bulkId: line['bulkId'] === undefined ? null : text(line['bulkId']),
          target: null,
          refusal: badRequest('invalidValue', ''),
        },
        location: line['location'] === undefined ? null : text(line['location']),
        outcome:
          line['response'] === undefined
            ? { status, etag: line['version'] === undefined ? null : text(line['version']) }
            : new ScimError(text(error['detail']), { status, ...scimType }),
      };
    });
    expect(toBulkResponse(results)).toEqual(expected);
  });

  test('a body that is too large is refused in the words of the RFC', () => {
    expect(toErrorBody(bulkTooLarge())).toEqual(sample('rfc7644-3.7.4-error-payload_too_large'));
  });
});

test.each([
  'rfc7644-3.6-error-not_found',
  'rfc7644-3.12-error-not_found',
  'rfc7644-3.12-error-bad_request',
  'rfc7644-3.7.3-error-invalid_syntax',
])('%s is an error as it is answered', (name) => {
  const expected = sample(name);
  const scimType = (['mutability', 'invalidSyntax'] as const).find((known) => known === expected['scimType']);
  const error = new ScimError(text(expected['detail']), {
    status: Number(expected['status']),
    ...(scimType === undefined ? {} : { scimType }),
  });
  expect(toErrorBody(error)).toEqual(expected);
});

describe('discovery (RFC 7643 §5 to §8.7)', () => {
  test("resource types are the RFC's, but that no extension is required, and there is one of ours", () => {
    const listed = list(sample('rfc7644-4-list_response-resource_types')['Resources']);
    const single = [sample('rfc7643-8.6-resource_type-user'), sample('rfc7643-8.6-resource_type-group')];
    const [user, group] = presentResourceTypes(baseUrl);
    for (const [expectedUser, expectedGroup] of [listed, single]) {
      expect(user).toEqual({
        ...expectedUser,
        schemaExtensions: [
          { schema: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', required: false },
          { schema: 'urn:ietf:params:scim:schemas:extension:keycourier:2.0:User', required: false },
        ],
      });
      expect(group).toEqual(expectedGroup);
    }
  });

  test('the configuration has what the example of the RFC has', () => {
    const expected = sample('rfc7643-8.5-service_provider_configuration');
    const config = presentServiceProviderConfig(baseUrl, 'http://example.com/help/scim.html');
    const { authenticationSchemes, meta, changePassword, ...rest } = config;
    expect(expected).toEqual(expect.objectContaining(rest));
    expect(Object.keys(expected).sort()).toEqual(Object.keys(config).sort());
    expect(changePassword).toEqual({ supported: false });
    expect(list(authenticationSchemes).map(({ type }) => type)).toEqual(['oauthbearertoken', 'oauth2']);
    expect(part(meta)['location']).toBe(part(expected['meta'])['location']);
  });

  test.each([
    ['rfc7643-8.7.2-schema-schema', () => presentSchemas(baseUrl)],
    ['rfc7643-8.7.2-schema-resource_type', () => presentResourceTypes(baseUrl)],
    ['rfc7643-8.7.2-schema-service_provider_configuration', () => [presentServiceProviderConfig(baseUrl, baseUrl)]],
  ])('%s is a schema that our documents conform to', (name, present) => {
    const documents = present();
    expect(documents.length).toBeGreaterThan(0);
    const problems = documents.flatMap((document) => conformanceProblems(document, sample(name)));
    // The RFC's own Group has none, though its schema requires them.
    expect(problems).toEqual(name.endsWith('resource_type') ? ['schemaExtensions is missing'] : []);
  });
});

test('every example of the RFCs is used, but for the schemas, which a test of their own compares', () => {
  const others = rfcSampleNames.filter((name) => !name.startsWith('rfc7643-8.7.1-'));
  expect(rfcSampleNames).toHaveLength(49);
  expect([...used].sort()).toEqual(others);
});
