import { describe, expect, test } from '@jest/globals';

import { findings } from '../testing/doctor-checks.ts';
import { doctorForEachTest } from '../testing/doctor-under-test.ts';
import { problem, type Reply } from '../testing/fake-api.ts';

const under = doctorForEachTest({ hasHook: false });

const counts = { requests: 0, refused: 0, failed: 0 };
const connection = (name: string, ...messages: readonly string[]) => ({
  id: name,
  name,
  baseUrl: 'https://scim.example/scim/v2/x',
  counts: { today: counts, last7Days: counts },
  warnings: messages.map((message) => ({ code: 'no_requests', message })),
});

async function finding(reply: Reply, environment: Readonly<Record<string, string>> = {}) {
  under.world.api.on('GET /v1/connections', reply);
  const { checks } = findings.parse((await under.doctor(environment)).json());
  return checks.find(({ check }) => check === 'connections');
}

describe('SCIM connections', () => {
  test('are green where there are none, and where nothing is to be looked at', async () => {
    expect(await finding({ body: { items: [] } })).toMatchObject({ status: 'green' });
    expect(await finding({ body: { items: [connection('Okta')] } })).toMatchObject({
      status: 'green',
      message: '1 in use',
    });
  });

  test('are yellow with every warning of the API, but for revoked ones', async () => {
    const items = [
      connection('Okta', 'No request has ever come.', 'Its last token expires on 2029-12-01.'),
      { ...connection('Old', 'Nothing.'), revokedAt: '2029-01-01T00:00:00.000Z' },
    ];
    expect(await finding({ body: { items } })).toMatchObject({
      status: 'yellow',
      message: 'Okta: No request has ever come.; Okta: Its last token expires on 2029-12-01.',
      fix: expect.stringContaining('connections show'),
    });
  });

  test('are skipped where the API or its key does not tell them', async () => {
    expect(await finding(problem(403, 'missing_scope', 'no'))).toMatchObject({
      status: 'skipped',
      message: 'the API key lacks the scope operator',
    });
    expect(await finding({ status: 500, text: 'x' })).toMatchObject({ status: 'skipped' });
    expect(await finding({}, { KEYCOURIER_API_KEY: '' })).toMatchObject({ status: 'skipped' });
  });
});
