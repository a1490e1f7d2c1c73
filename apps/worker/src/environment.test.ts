import { expect, test } from '@jest/globals';
import { parseEnvironment } from '@keycourier/runtime/environment';

import { workerEnvironment } from './environment.ts';

const needed = { DATABASE_URL: 'postgres://localhost/keycourier' };

test('the worker limits calls to services to ten seconds unless CONNECTOR_TIMEOUT_MS says otherwise', () => {
  expect(parseEnvironment(workerEnvironment, needed).CONNECTOR_TIMEOUT_MS).toBe(10_000);
  expect(parseEnvironment(workerEnvironment, { ...needed, CONNECTOR_TIMEOUT_MS: '500' }).CONNECTOR_TIMEOUT_MS).toBe(
    500,
  );
});

test('the former name of a variable is refused with the new one, not ignored', () => {
  expect(() => parseEnvironment(workerEnvironment, { ...needed, OUTSIDE_TIMEOUT_MS: '500' })).toThrow(
    /is called CONNECTOR_TIMEOUT_MS now[\s\S]*OUTSIDE_TIMEOUT_MS/,
  );
});
