import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';
import { parseDocument, stringify, type Document } from 'yaml';
import { z } from 'zod';

import { parseConfig } from './config-file.ts';

const valid = `tenants:
  acme:
    okta: { orgUrl: https://acme.okta.com, auth: { token: { env: OKTA_TOKEN } } }
    hook: { secrets: [{ env: HOOK_SECRET }] }
    fulfillment:
      apiUrl: https://api.example/v1
      keysUrl: https://keys.example
      token: { env: TOKEN }
      pinCopy: true
    products:
      - { productId: 1, inventoryProductId: 106, customizationId: RXJN83 }
      - { productId: 29, inventoryProductId: 106, customizationId: RXJN83 }
    mail: { from: keys@acme.example, smtp: smtps://mail.example }
`;

const source = (name: string): string => readFileSync(new URL(`../src/testing/${name}`, import.meta.url), 'utf8');
const cases = z
  .array(
    z.strictObject({ title: z.string(), set: z.record(z.string(), z.unknown()), at: z.string(), says: z.string() }),
  )
  .parse(JSON.parse(source('refused-settings.json')));

function withSettings(set: Readonly<Record<string, unknown>>): string {
  const document: Document = parseDocument(valid);
  for (const [path, value] of Object.entries(set)) {
    const keys = ['tenants', 'acme', ...path.split('.')];
    if (value === null) document.deleteIn(keys);
    else document.setIn(keys, document.createNode(value));
  }
  return document.toString();
}

function problemsOf(text: string, mode?: string): string {
  try {
    parseConfig(text, mode);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : 'thrown';
  }
}

describe('keycourier.yaml is refused, with the setting, its line and what is wrong, and never quoted, for', () => {
  test.each(cases)('$title', ({ set, at, says }) => {
    const message = problemsOf(withSettings(set));
    const own = message.split('✖ ').find((part) => part.includes(`at tenants.acme.${at}, line `)) ?? '';
    expect(own).toContain(says);
    expect(own).toMatch(/, line \d+, column \d+/);
    expect(message).not.toContain('canary');
  });

  test.each(
    source('trials/mail-from.yaml')
      .split('\n')
      .filter((line) => line.startsWith('- ')),
  )('mail.from %s', (line) => {
    const [from] = z.array(z.string()).parse(parseDocument(line).toJS());
    expect(problemsOf(withSettings({ 'mail.from': from }))).toContain('needs exactly one address');
  });
});

test.each([
  'keys@acme.example',
  'Acme security keys <keys@acme.example>',
  '"Keys, IT" <keys@acme.example>',
  'keys@acme.example (IT)',
  'Schlüssel <keys@münchen.example>',
])('mail.from may be %s', (from) => {
  expect(problemsOf(withSettings({ 'mail.from': from }))).toBe('');
});

test('the settings of a simulated world are accepted for simulators alone', () => {
  const simulated = withSettings({
    'okta.orgUrl': 'http://okta-simulator:8090',
    'fulfillment.apiUrl': 'http://fulfillment-simulator:8091/v1',
    'mail.smtp': 'smtp://inbox:8025',
    'mail.plain': true,
    'polling.every': '1s',
    'polling.firstAfter': '500ms',
    reconcileAfter: '6s',
  });
  expect(problemsOf(simulated, 'simulators')).toBe('');
  expect(problemsOf(simulated, 'local')).toBe('');
  expect(problemsOf(simulated, 'production').match(/✖/g)).toHaveLength(6);
});

test.each(['http://127.0.0.1:8090', 'http://127.8.9.10', 'http://[::1]:8090', 'http://localhost:8090'])(
  'loopback needs no TLS: %s',
  (orgUrl) => {
    expect(problemsOf(withSettings({ 'okta.orgUrl': orgUrl }))).toBe('');
  },
);

test('every problem of every tenant is reported at once, where it stands', () => {
  const two = stringify({ tenats: {}, tenants: { Acme: {}, acme: { okta: { orgUrl: 'http://x.example', auth: 1 } } } });
  const message = problemsOf(two);
  expect(message).toContain('is not a known key: did you mean tenants?\n  → at tenats, line 1, column 1');
  expect(message).toContain('is the same tenant as Acme\n  → at tenants.acme, line 4, column 3');
  expect(message).toContain('is missing\n  → at tenants.Acme.okta, line 3, column 3');
  expect(message).toContain('use https');
});

test.each([
  ['tenants:\n  acme: [', 'line 2, column 10'],
  ['tenants: {}\ntenants: {}', 'line 2, column 1'],
  ['tenants:\n\tacme: {}', 'line 2, column 1'],
])('what is not YAML is reported with its line: %j', (text, place) => {
  expect(problemsOf(text)).toContain('is not YAML');
  expect(problemsOf(text)).toContain(place);
});
