import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readRunscope, replay } from '@keycourier/okta-simulator/testing/judges/runscope';

import { runScim, type RunningScim } from '../testing/running-scim.ts';

const spec = readRunscope(new URL('../../src/testing/judges/okta-scim-20-spec.json', import.meta.url));

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim();
});
afterAll(() => scim.stop());

test.each(['', 'Bearer '])('Okta’s SPEC test passes as it is, with the token after "%s"', async (scheme) => {
  const connection = await scim.addConnection();
  const [userName, email] = [`User.${scheme.length}@acme.example`, `random${scheme.length}@acme.example`];
  const seeded = await scim.call('POST', '/Users', {
    as: connection,
    body: {
      userName: `seeded${scheme.length}@acme.example`,
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ primary: true, value: 'ada@acme.example', type: 'work' }],
      active: true,
    },
  });
  expect(seeded.status).toBe(201);
  const verdicts = await replay(spec, {
    variables: {
      SCIMBaseURL: scim.baseUrlOf(connection),
      auth: `${scheme}${connection.token}`,
      InvalidUserEmail: 'abcdefgh@atko.com',
      UserIdThatDoesNotExist: '010101001010101011001010101011',
      randomEmail: email,
      randomUsername: userName,
      randomUsernameCaps: userName.toUpperCase(),
      randomGivenName: 'Augusta',
      randomFamilyName: 'King',
    },
    pause: () => Promise.resolve(),
  });
  expect(verdicts.filter(({ faults }) => faults.length > 0)).toEqual([]);
  expect(verdicts).toHaveLength(12);
});
