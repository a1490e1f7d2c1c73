import { describe, expect, test } from '@jest/globals';

import { refuse } from '../problems.ts';
import { shipmentExample } from '../shipments/shipment-schema.ts';
import { judgeAnswer, type Exchange } from './judge-answer.ts';

const good: Exchange = {
  method: 'GET',
  path: '/v1/shipments/shp_1?x=1',
  sent: null,
  status: 200,
  mediaType: 'application/json',
  text: JSON.stringify(shipmentExample),
};
const problem = {
  mediaType: 'application/problem+json',
  status: 404,
  text: JSON.stringify(refuse('not_found', 'x').body),
};
const { batch: _, ...withoutBatch } = shipmentExample;

describe('an answer', () => {
  test.each<[string, Partial<Exchange>]>([
    ['that is as documented', {}],
    ['that is a documented refusal', problem],
    ['from a path that there is not', { ...problem, path: '/v2/x' }],
    ['of a probe', { path: '/healthz', text: '{}' }],
  ])('%s passes', (_what, change) => {
    expect(() => judgeAnswer({ ...good, ...change })).not.toThrow();
  });

  test.each<[string, Partial<Exchange>]>([
    ['with a status that is not documented', { status: 418 }],
    ['without a member', { text: JSON.stringify(withoutBatch) }],
    ['with a member more', { text: JSON.stringify({ ...shipmentExample, city: 'Berlin' }) }],
    ['with another value', { text: JSON.stringify({ ...shipmentExample, status: 'lost' }) }],
    ['of another media type', { mediaType: 'text/html' }],
    [
      'with a code that the route does not have',
      { ...problem, status: 409, text: JSON.stringify(refuse('already_open', 'x').body) },
    ],
    ['with a code of another status', { ...problem, text: JSON.stringify(refuse('bad_request', 'x').body) }],
    ['from a route that is not documented', { path: '/v1/secrets' }],
    [
      'to a body that is not documented',
      {
        method: 'POST',
        path: '/v1/shipments',
        status: 202,
        sent: { mediaType: 'application/json', text: '{"login":"a","colour":"B"}' },
      },
    ],
    ['with a body where there is none', { method: 'DELETE', path: '/v1/keys/key_1', status: 204 }],
  ])('%s does not pass', (_what, change) => {
    expect(() => judgeAnswer({ ...good, ...change })).toThrow(/document/);
  });
});
