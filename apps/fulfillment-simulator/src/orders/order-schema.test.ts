import { describe, expect, test } from '@jest/globals';

import { problemsOf } from '../http/answer.ts';
import { orderFor } from '../testing/orders.ts';
import { orderSchema } from './order-schema.ts';

const good = orderFor({ pinRequestJwe: 'a.b.c.d.e', credRequestJwe: 'a.b.c.d.e' });
const problems = (order: unknown) => {
  const parsed = orderSchema.safeParse(order);
  return parsed.success ? [] : problemsOf(parsed.error).map(({ field, message }) => `${field} ${message}`);
};
const withRecipient = (part: object) => ({ ...good, recipient: { ...good.recipient, ...part } });
const withAddress = (part: object) => ({ ...good, mailing_address: { ...good.mailing_address, ...part } });
const withItem = (part: object) => ({ ...good, shipment_items: [{ ...good.shipment_items[0], ...part }] });

test('a good order has no problems', () => {
  expect(problems(good)).toEqual([]);
});

describe('the length of a field', () => {
  const limits: [field: string, bytes: number, (value: string) => object][] = [
    ['recipient.recipient_company', 20, (recipient_company) => withRecipient({ recipient_company })],
    ['recipient.recipient_firstname', 15, (recipient_firstname) => withRecipient({ recipient_firstname })],
    ['recipient.recipient_lastname', 20, (recipient_lastname) => withRecipient({ recipient_lastname })],
    ['recipient.recipient_telephone', 40, (recipient_telephone) => withRecipient({ recipient_telephone })],
    ['mailing_address.street_line1', 60, (street_line1) => withAddress({ street_line1 })],
    ['mailing_address.street_line2', 60, (street_line2) => withAddress({ street_line2 })],
    ['mailing_address.city', 60, (city) => withAddress({ city })],
    ['mailing_address.region', 50, (region) => withAddress({ country_code_2: 'DE', region })],
  ];

  test.each(limits)('%s is at most %d bytes', (field, bytes, order) => {
    expect(problems(order('x'.repeat(bytes)))).toEqual([]);
    expect(problems(order('x'.repeat(bytes + 1)))).toEqual([`${field} is longer than ${bytes} bytes`]);
  });

  test.each(limits)('%s counts a special character more than once', (field, bytes, order) => {
    expect(problems(order('ö'.repeat(bytes / 2 + 1)))).toEqual([`${field} is longer than ${bytes} bytes`]);
  });

  test('of an e-mail address is at most 80 bytes', () => {
    const email = (length: number): string => `${'a'.repeat(length - '@b.example'.length)}@b.example`;
    expect(problems(withRecipient({ recipient_email: email(80) }))).toEqual([]);
    expect(problems(withRecipient({ recipient_email: email(81) }))).toEqual([
      'recipient.recipient_email is longer than 80 bytes',
    ]);
  });

  test('of a customer reference is at most 50 characters, and it may be missing', () => {
    expect(problems({ ...good, customer_reference: 'ö'.repeat(50) })).toEqual([]);
    expect(problems({ ...good, customer_reference: 'x'.repeat(51) })).toEqual([
      'customer_reference is longer than 50 characters',
    ]);
    expect(problems({ ...good, customer_reference: undefined })).toEqual([]);
  });
});

describe('a region', () => {
  test.each(['US', 'CA'])('is required, in two letters, for %s', (country_code_2) => {
    const message = `mailing_address.region must be a two-letter USPS code for ${country_code_2}`;
    for (const region of ['', 'California', 'ca'])
      expect(problems(withAddress({ country_code_2, region }))).toEqual([message]);
  });

  test('may be the code of a military base abroad', () => {
    for (const region of ['AA', 'AE', 'AP']) expect(problems(withAddress({ region }))).toEqual([]);
  });

  test('is optional in other countries', () => {
    for (const region of ['', 'Hessen']) expect(problems(withAddress({ country_code_2: 'DE', region }))).toEqual([]);
  });
});

test('a country is enabled, suspended or not enabled', () => {
  expect(problems(withAddress({ country_code_2: 'DE' }))).toEqual([]);
  for (const country of ['RU', 'KP', 'IR', 'CU', 'SY', 'BY'])
    expect(problems(withAddress({ country_code_2: country }))).toEqual([
      `mailing_address.country_code_2 shipping to ${country} is suspended`,
    ]);
  for (const country of ['AQ', 'us', 'XX'])
    expect(problems(withAddress({ country_code_2: country }))).toEqual([
      `mailing_address.country_code_2 ${country} is not a country that is enabled for this organization`,
    ]);
});

test('an item is one known key, from an inventory that has it', () => {
  expect(problems(withItem({ product_quantity: 2 }))).toEqual(['shipment_items[0].product_quantity must be 1']);
  expect(problems(withItem({ product_id: 999 }))).toEqual([
    'shipment_items[0].product_id is not a product of this organization',
  ]);
  expect(problems(withItem({ product_id: '29' }))).toEqual(['shipment_items[0].product_id must be a number']);
  expect(problems(withItem({ product_id: 1, inventory_product_id: 29 }))).toEqual([
    'shipment_items[0].inventory_product_id has no stock of product 1',
  ]);
  expect(problems(withItem({ product_id: 1, inventory_product_id: 1 }))).toEqual([]);
  expect(problems(withItem({ customization_id: 'NOPE' }))).toEqual([
    'shipment_items[0].customization_id is not a customization of this organization',
  ]);
  expect(problems(withItem({ product_customizations: [] }))).toEqual([
    'shipment_items[0].product_customizations must have exactly one entry',
  ]);
  expect(problems({ ...good, shipment_items: [...good.shipment_items, ...good.shipment_items] })).toEqual([
    'shipment_items must have exactly one entry',
  ]);
});

test('text that cannot be printed on a label is refused', () => {
  for (const city of ['a\u0000b', 'a\nb', 'a\ud800'])
    expect(problems(withAddress({ city }))).toEqual(['mailing_address.city has characters that cannot be printed']);
});

test('an empty order is refused with every required field', () => {
  expect(problems({})).toEqual([
    'delivery_type must be 1 (normal) or 2 (expedited)',
    'recipient.recipient_company is required',
    'recipient.recipient_email is required',
    'recipient.recipient_firstname is required',
    'recipient.recipient_lastname is required',
    'recipient.recipient_telephone is required',
    'mailing_address.street_line1 is required',
    'mailing_address.city is required',
    'mailing_address.postal_code is required',
    'mailing_address.country_code_2 is required',
    'shipment_items is required',
  ]);
  for (const body of [undefined, null, 'text', 1]) expect(problems(body)).toEqual(['body must be a JSON object']);
});
