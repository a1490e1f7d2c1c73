import { expect, test } from '@jest/globals';
import { parseEnvironment } from '@keycourier/runtime/environment';

import { environmentSchema } from './environment.ts';

const least = { DATABASE_URL: 'postgres://localhost/okta', OKTA_SIMULATOR_TOKEN: 'one, two' };

test('several tokens are separated by commas', () => {
  expect(parseEnvironment(environmentSchema, least).OKTA_SIMULATOR_TOKEN).toEqual(['one', 'two']);
});

test.each([
  ['OKTA_SIMULATOR_TOKEN', ''],
  ['OKTA_SIMULATOR_TOKEN', 'one,,two'],
  ['OKTA_SIMULATOR_KEY', 'abc'],
  ['OKTA_SIMULATOR_ISSUER_HOST', 'https://acme.okta.example'],
  ['SMTP_URL', 'http://mail.example'],
])('%s=%j is refused with its name and without its value', (name, value) => {
  const parse = () => parseEnvironment(environmentSchema, { ...least, [name]: value });
  expect(parse).toThrow(new RegExp(name));
  if (value !== '') expect(parse).not.toThrow(new RegExp(value.replaceAll('/', String.raw`\/`)));
});
