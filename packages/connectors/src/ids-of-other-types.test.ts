import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { orderSchema } from './fulfillment/schema.ts';
import * as okta from './okta/schema.ts';

const ofOkta: readonly [string, (id: unknown) => unknown][] = [
  ['user', (id) => okta.userSchema.parse({ id, status: 'ACTIVE', profile: { login: 'x' } }).id],
  ['group', (id) => okta.groupSchema.parse({ id, profile: { name: 'x' } }).id],
  ['group of a list', (id) => okta.idSchema.parse({ id }).id],
  ['enrollment', (id) => okta.enrollmentSchema.parse({ id }).id],
  [
    'activated enrollment',
    (id) => okta.activateSchema.parse({ authenticatorEnrollmentIds: [id] }).authenticatorEnrollmentIds[0],
  ],
  ['new enrollment', (id) => enrolled(id, 'key').authenticatorEnrollmentId],
  ['requested key', (id) => enrolled('fwf1', id).keyId],
];
const ofProvider: readonly [string, (id: unknown) => unknown][] = [
  ['order', (id) => orderSchema.parse({ shipment_id: id }).shipment_id],
];

const enrolled = (authenticatorEnrollmentId: unknown, keyId: unknown) =>
  okta.enrollSchema.parse({
    pinRequestJwe: 'jwe',
    credRequests: [{ authenticatorEnrollmentId, keyId, credRequestJwe: 'jwe' }],
  }).credRequests[0];

describe.each([...ofOkta, ...ofProvider])('the id of the %s', (_, idOf) => {
  test.each<[unknown, string]>([
    ['00u1', '00u1'],
    [4711, '4711'],
    [0, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ])('%j is %j', (value, expected) => {
    expect(idOf(value)).toBe(expected);
  });

  test.each([1.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY, -1, true, {}, ['x'], null, '', undefined])(
    '%p is refused, not taken as none',
    (value) => {
      expect(() => idOf(value)).toThrow(z.ZodError);
    },
  );
});

describe('a serial number', () => {
  const serialOf = (serial: unknown) =>
    orderSchema.parse({ shipment_id: 1, shipment_items: [{ product_data: [{ serial_number: serial }] }] })
      .shipment_items?.[0]?.product_data?.[0]?.serial_number;

  test.each<[unknown, string | null]>([
    [3_632_071, '3632071'],
    ['3632071', '3632071'],
    [3_632_071.5, null],
    [1e21, null],
    [true, null],
  ])('%j is %j: one that cannot be exact is another key’s', (value, expected) => {
    expect(serialOf(value)).toBe(expected);
  });
});
