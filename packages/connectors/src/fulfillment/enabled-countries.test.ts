import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, text, type Respond, type TestServer } from '../testing/http-server.ts';
import { providerError, providerOn } from '../testing/provider-answers.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

const csv = (body: string): Respond => text(200, body, { 'content-type': 'text/csv' });
const two = csv('country_code_2,country_name\r\nDE,Germany\r\nUS,"United States, the"\r\n');

describe('enabledCountries', () => {
  test('reads the codes from the list', async () => {
    server.respond(two);
    await expect(providerOn(server).enabledCountries('acme')).resolves.toEqual(['DE', 'US']);
    expect(server.seen).toMatchObject([
      {
        method: 'GET',
        path: '/v1/countries/csv',
        headers: { authorization: 'Bearer bearer-token', accept: 'text/csv' },
      },
    ]);
  });

  test.each([
    ['a byte order mark, spaces and letter case', '\uFEFFCountry_Name, COUNTRY_CODE_2\nGermany, de\n\n', ['DE']],
    ['a name of its own for the column', 'name,iso,phone\nGermany,DE,49\nNamibia,NA,264\n', ['DE', 'NA']],
    ['rows that name no code', 'country_code_2,country_name\nDE,Germany\n,Elsewhere\n', ['DE']],
    ['no country at all', 'country_code_2,country_name\n', []],
  ])('takes %s', async (_title, body, countries) => {
    server.respond(csv(body));
    await expect(providerOn(server).enabledCountries('acme')).resolves.toEqual(countries);
  });

  test.each([
    ['a page of a gateway', '<html><body>Sign in</body></html>'],
    ['another table', 'id,name\n1,Ada\n'],
    ['no codes under the name', 'country_code_2\nsecret-value\n'],
    ['a quote that never ends', 'country_code_2\n"DE\n'],
    ['nothing', ''],
  ])('%s is no list of countries', async (_title, body) => {
    server.respond(csv(body));
    const thrown = await faultOf(providerOn(server).enabledCountries('acme'));
    expect(thrown).toMatchObject({ fault: 'outcome_unknown' });
    expect(thrown.message).not.toContain('secret-value');
  });

  test.each([403, 404, 405])('%i: the countries are unknown, and not read again for an hour', async (status) => {
    server.respond(json(status, providerError));
    const port = providerOn(server);
    await expect(port.enabledCountries('acme')).resolves.toBeNull();
    await expect(port.enabledCountries('acme')).resolves.toBeNull();
    expect(server.seen).toHaveLength(1);
  });

  test('concurrent callers of a tenant share one call', async () => {
    server.respond(two);
    const port = providerOn(server);
    const answers = ['acme', 'acme', 'globex', 'acme'].map((tenant) => port.enabledCountries(tenant));
    await expect(Promise.all(answers)).resolves.toEqual(Array.from({ length: 4 }, () => ['DE', 'US']));
    expect(server.seen).toHaveLength(2);
  });

  test('are read again after an hour', async () => {
    let nowMs = 0;
    server.respond(two);
    const port = providerOn(server, {}, () => nowMs);
    await port.enabledCountries('acme');
    nowMs = 3_599_999;
    await port.enabledCountries('acme');
    expect(server.seen).toHaveLength(1);
    nowMs = 3_600_000;
    await port.enabledCountries('acme');
    expect(server.seen).toHaveLength(2);
  });

  test('a failure reaches all callers that wait for it, and is not cached', async () => {
    server.respond(json(401, providerError));
    const port = providerOn(server);
    const faults = await Promise.all([faultOf(port.enabledCountries('acme')), faultOf(port.enabledCountries('acme'))]);
    expect(faults.map(({ fault }) => fault)).toEqual(['unauthorized', 'unauthorized']);
    expect(server.seen).toHaveLength(1);
    server.respond(two);
    await expect(port.enabledCountries('acme')).resolves.toEqual(['DE', 'US']);
  });
});
