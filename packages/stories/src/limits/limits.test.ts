import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { pageLimits } from '@keycourier/scim-protocol/resources/search-request';
import { tokenPath } from '@keycourier/scim/oauth/serve-token';

import { startTargets, type Credentials, type Targets } from '../fuzz/targets.ts';
import type { LimitCase } from './limit-case.ts';
import { measure } from './measure.ts';
import { pageOfUsers, scimLimitCases } from './one-more-of-scim.ts';
import { limitCases } from './one-more.ts';

/** The bodies are left out: together they are hundreds of MiB. */
const noScim = { path: '', token: '', user: '', group: '' };
const limits = [
  ...limitCases({ hookSecret: '', apiKey: '', cookie: '', csrfToken: '' }),
  ...scimLimitCases(noScim),
].map(({ what, limit }) => ({ what, limit }));
const documented = await readFile(new URL('../../../../docs/limits.md', import.meta.url), 'utf8');

let targets: Targets;
let cases: readonly LimitCase[];
const figures: string[] = [];
beforeAll(async () => {
  targets = await startTargets();
  const { scim } = targets.credentials;
  cases = [...limitCases(targets.credentials), ...scimLimitCases(scim)];
  await createUsers(scim);
});
afterAll(async () => {
  await targets.stop();
  process.stdout.write(`${figures.join('\n')}\n`);
});

async function createUsers({ path, token }: Credentials['scim']): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const url = new URL(`${path}/Bulk`, targets.apps.scim.url);
  const answer = await fetch(url, { method: 'POST', headers, body: pageOfUsers() });
  expect([answer.status, (await answer.text()).match(/"status":"201"/g)?.length]).toEqual([200, pageLimits.most]);
}

/** What Okta shows to an admin of a refusal is its `detail` alone. */
const refusalOf = (status: number, detail: string) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: String(status),
  detail: expect.stringContaining(detail),
});

describe('one more than a request may have', () => {
  test.each(limits.map(({ what }, index) => ({ what, index })))('of "$what" is refused', async ({ what, index }) => {
    const one = cases[index];
    if (one === undefined) throw new RangeError(what);
    // Not by a database that was late, as on a busy machine.
    const { status, text, tookMs, othersMs, quietMs } = await until(
      () => measure(targets, one),
      (measured) => measured.status !== 503,
    );
    figures.push(
      `${what.padEnd(52)} ${String(one.limit).padStart(9)}  ${status}  took ${tookMs.toFixed(0).padStart(5)} ms, others waited ${othersMs.toFixed(0).padStart(4)} ms at most (quiet: ${quietMs.toFixed(0)} ms)`,
    );
    const [expected, part] = one.expected;
    expect([status, text]).toEqual([expected, expect.stringContaining(part)]);
    if (one.app === 'scim' && status >= 400 && !one.path.endsWith(tokenPath))
      expect(JSON.parse(text)).toMatchObject(refusalOf(status, part));
  });
});

test('every limit is documented with its value', () => {
  const missing = limits.filter(({ what, limit }) => {
    const [thing = '', piece = ''] = what.split(': ');
    const row = documented.split('\n').find((line) => line.startsWith(`| ${thing}: ${piece.split(',')[0] ?? ''} |`));
    return row?.includes(` ${limit.toLocaleString('en-US')} |`) !== true;
  });
  expect(missing.map(({ what, limit }) => [what, limit])).toEqual([]);
});
