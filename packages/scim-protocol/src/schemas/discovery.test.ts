import { expect, test } from '@jest/globals';

import { isList, isObject } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import { rfcSample } from '../testing/rfc-samples.ts';
import { presentSchemas } from './discovery.ts';

/** Where `/Schemas` is not what RFC 7643 §8.7.1 shows, with the reason. */
const deviations: Readonly<Record<string, string>> = {
  'User.aliases': 'Okta pushes aliases as attributes of the core schema',
  'User.groups.value.caseExact': 'ids of groups are case-exact (RFC 7643 §3.1)',
  'User.x509Certificates.caseExact': 'of no meaning for a complex attribute; the RFC has it by mistake',
  'EnterpriseUser.manager.$ref.required': 'no client sends it',
  'EnterpriseUser.manager.$ref.description': 'says REQUIRED, for the same reason',
  'Group.displayName.uniqueness': 'Entra and Okta link groups by their names',
  'Group.members.value.caseExact': 'ids of users are case-exact (RFC 7643 §3.1)',
  'Group.members.$ref.referenceTypes.1': 'groups have no groups as members',
  'Group.members.type.canonicalValues.1': 'groups have no groups as members',
};

/** The paths at which two documents differ; attributes are compared by their names. */
function differences(one: JsonValue | undefined, other: JsonValue | undefined, path: string): string[] {
  if (one !== undefined && other !== undefined && isList(one) && isList(other))
    return differences(byName(one), byName(other), path);
  if (isObject(one) && isObject(other))
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) =>
      differences(one[name], other[name], `${path}.${name}`),
    );
  return one === other ? [] : [path];
}

const byName = (values: readonly JsonValue[]): JsonValue =>
  Object.fromEntries(
    values.map((value, index) => [
      isObject(value) && typeof value['name'] === 'string' ? value['name'] : String(index),
      value,
    ]),
  );

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

test('our schemas are those of RFC 7643 §8.7.1, but for deviations that each have a reason', () => {
  const ours = presentSchemas('https://example.com/v2');
  const found = ['user', 'enterprise_user', 'group'].flatMap((name) => {
    const { meta, ...expected } = rfcSample(`rfc7643-8.7.1-schema-${name}`);
    expect(isObject(meta) && meta['resourceType']).toBe('Schema');
    const own = ours.find(({ id }) => id === expected['id']);
    const { meta: ownMeta, ...rest } = own ?? {};
    expect(ownMeta).toEqual({
      resourceType: 'Schema',
      location: `https://example.com/v2/Schemas/${textOf(expected['id'])}`,
    });
    return differences(rest, expected, textOf(expected['name']));
  });
  expect(found.map((path) => path.replace('.attributes', '').replaceAll('.subAttributes', '')).sort()).toEqual(
    Object.keys(deviations).sort(),
  );
});
