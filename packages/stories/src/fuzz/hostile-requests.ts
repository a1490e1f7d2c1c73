import fc, { type Arbitrary } from 'fast-check';

import { csvFile, delivery, jsonBatch, jsonBody } from './hostile-documents.ts';
import {
  contentType,
  headerText,
  method,
  pathOf,
  requestOf,
  sometimes,
  targetOf,
  type Header,
} from './hostile-http.ts';
import { mutated } from './hostile-values.ts';
import type { FuzzInput } from './input.ts';
import type { Credentials } from './targets.ts';

export function hookInput({ hookSecret }: Credentials): Arbitrary<FuzzInput> {
  return requestOf({
    kind: 'hook',
    app: 'receiver',
    method: method('POST'),
    target: sometimes('/okta/hooks/acme', targetOf(fc.oneof(pathOf('/okta/hooks/:id'), pathOf('/:a/:b')))),
    headers: fc
      .tuple(sometimes(hookSecret, headerText), contentType('application/json'), headerText)
      .map(([secret, type, challenge]) => [
        ['authorization', secret],
        type,
        ['x-okta-verification-challenge', challenge],
      ]),
    body: mutated(delivery),
  });
}

const apiPaths = fc.constantFrom(
  ['POST', '/v1/shipments'],
  ['POST', '/v1/shipments'],
  ['GET', '/v1/shipments'],
  ['GET', '/v1/shipments/:id'],
  ['GET', '/v1/shipments/:id/events'],
  ['POST', '/v1/shipments/:id/retry'],
  ['POST', '/v1/shipments/:id/cancel'],
  ['POST', '/v1/shipments/:id/corrections'],
  ['POST', '/v1/shipments/:id/release-pin'],
  ['POST', '/v1/batches'],
  ['GET', '/v1/batches/:id'],
  ['GET', '/v1/batches/:id/rows'],
  ['GET', '/v1/batches/:id/result.csv'],
  ['GET', '/v1/flows'],
  ['PATCH', '/v1/flows/:slug'],
  ['POST', '/v1/keys'],
  ['GET', '/v1/keys'],
  ['POST', '/v1/keys/:id/rotate'],
  ['DELETE', '/v1/keys/:id'],
  ['GET', '/v1/events'],
  ['GET', '/v1/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/:a/:b/:c'],
);

const authorization = (apiKey: string): Arbitrary<Header> =>
  sometimes(`Bearer ${apiKey}`, headerText).map((value) => ['authorization', value] as const);

export function apiInput({ apiKey }: Credentials): Arbitrary<FuzzInput> {
  return apiPaths.chain(([verb = 'GET', path = '/']) =>
    requestOf({
      kind: 'api',
      app: 'api',
      method: method(verb),
      target: targetOf(pathOf(path)),
      headers: fc.tuple(authorization(apiKey), contentType('application/json')),
      body: verb === 'GET' ? null : mutated(jsonBody),
    }),
  );
}

const batchInput = (
  { apiKey }: Credentials,
  kind: 'csv' | 'json-batch',
  type: string,
  file: Arbitrary<Buffer>,
): Arbitrary<FuzzInput> =>
  requestOf({
    kind,
    app: 'api',
    method: fc.constant('POST'),
    target: fc.constantFrom('/v1/batches', '/v1/batches?dryRun=true'),
    headers: fc.tuple(fc.constant(['authorization', `Bearer ${apiKey}`] as const), contentType(type)),
    body: file,
  });

const asUtf16 = (file: Arbitrary<Buffer>): Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 19, arbitrary: file },
    { weight: 1, arbitrary: file.map((bytes) => Buffer.from(`\ufeff${bytes.toString('utf8')}`, 'utf16le')) },
  );

export const csvInput = (credentials: Credentials): Arbitrary<FuzzInput> =>
  batchInput(credentials, 'csv', 'text/csv', asUtf16(mutated(csvFile)));
export const jsonBatchInput = (credentials: Credentials): Arbitrary<FuzzInput> =>
  batchInput(credentials, 'json-batch', 'application/json', asUtf16(mutated(jsonBatch)));
