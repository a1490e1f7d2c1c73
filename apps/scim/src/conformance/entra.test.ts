import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { entraDeviations } from '../testing/judges/entra-deviations.ts';
import { readPostman, replayPostman } from '../testing/judges/postman.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

const collection = readPostman(new URL('../../src/testing/judges/entra-scim-postman.json', import.meta.url));

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim();
});
afterAll(() => scim.stop());

test('Entra’s collection passes as it is, but for what the list says', async () => {
  const base = new URL(scim.baseUrlOf(scim.connection));
  const verdicts = await replayPostman(collection, {
    Protocol: 'http',
    Server: base.hostname,
    Port: `:${base.port}`,
    Api: base.pathname.slice(1),
    token: scim.connection.token,
  });
  const listed = Object.keys(entraDeviations);
  const faults = verdicts.filter(({ fault }) => fault !== null);
  expect(faults.filter(({ expectation }) => !listed.includes(expectation))).toEqual([]);
  // An expectation that is met has no place on the list.
  expect(Object.fromEntries(faults.map(({ expectation, status }) => [expectation, status]))).toEqual(
    Object.fromEntries(Object.entries(entraDeviations).map(([expectation, { status }]) => [expectation, status])),
  );
  expect(collection).toHaveLength(79);
  expect(verdicts.length).toBeGreaterThan(110);
});
