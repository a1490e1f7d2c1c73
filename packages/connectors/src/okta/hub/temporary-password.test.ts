import { expect, test } from '@jest/globals';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import type { HttpAnswer } from '../../http/exchange.ts';
import type { OktaRequest, SendToOkta } from '../send.ts';
import { createPasswords } from './temporary-password.ts';

function orgThat(answer: () => HttpAnswer): { requests: OktaRequest[]; send: SendToOkta } {
  const requests: OktaRequest[] = [];
  return { requests, send: async (request) => (requests.push(request), answer()) };
}

const policy = (minLength: number, status = 'ACTIVE') => ({
  status,
  settings: { password: { complexity: { minLength } } },
});

test('a temporary password is as long as the strictest active policy asks, which is read with a scope of its own, and not for each', async () => {
  const org = orgThat(() => ({
    status: 200,
    headers: {},
    text: '',
    json: [policy(30), policy(40), policy(60, 'INACTIVE')],
  }));
  let nowMs = 0;
  const make = createPasswords(() => nowMs);
  const all = [await make('acme', org.send, {}), await make('acme', org.send, {})];
  expect(all.map(({ length }) => length)).toEqual([40, 40]);
  expect(new Set(all).size).toBe(2);
  expect(org.requests).toEqual([
    { method: 'GET', path: '/api/v1/policies?type=PASSWORD', scopes: ['okta.policies.read'] },
  ]);
  await make('globex', org.send, {});
  nowMs = 11 * 60_000;
  await make('acme', org.send, {});
  expect(org.requests).toHaveLength(3);
});

test('without the scope it has 24 characters, and the scope is not asked for with each; an org that does not answer is asked again', async () => {
  const refusing = orgThat(() => {
    throw new ConnectorError({ service: 'okta', fault: 'unauthorized' }, 'invalid_scope');
  });
  const make = createPasswords(() => 0);
  expect(
    [await make('acme', refusing.send, {}), await make('acme', refusing.send, {})].map((one) => one.length),
  ).toEqual([24, 24]);
  expect(refusing.requests).toHaveLength(1);
  const away = orgThat(() => {
    throw new ConnectorError({ service: 'okta', fault: 'unreachable' }, 'away');
  });
  await expect(make('globex', away.send, {})).rejects.toThrow('away');
});
