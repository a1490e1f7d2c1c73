import fc, { type Arbitrary } from 'fast-check';

import { jsonBody } from './hostile-documents.ts';
import { contentType, headerText, method, pathOf, requestOf, segment, sometimes, targetOf } from './hostile-http.ts';
import { mutated } from './hostile-values.ts';
import type { FuzzInput } from './input.ts';
import type { Credentials } from './targets.ts';

const form = fc
  .array(fc.tuple(fc.constantFrom('user', 'password', '_csrf', 'to', 'a[b][c]', '__proto__'), segment), {
    maxLength: 5,
  })
  .map((fields) => fields.map(([name, value]) => `${name}=${value}`).join('&'));

export function consoleInput({ cookie }: Credentials): Arbitrary<FuzzInput> {
  const cookies = fc.oneof({ weight: 3, arbitrary: fc.constant(cookie) }, { weight: 1, arbitrary: headerText });
  return fc
    .constantFrom(
      ['GET', '/'],
      ['GET', '/sign-in'],
      ['POST', '/sign-in'],
      ['GET', '/sign-out'],
      ['POST', '/'],
      ['GET', '/assets/:a'],
      ['GET', '/assets/:a/:b'],
      ['GET', '/:a'],
      ['GET', '/healthz'],
      ['POST', '/:a/:b'],
    )
    .chain(([verb = 'GET', path = '/']) =>
      requestOf({
        kind: 'console',
        app: 'console',
        method: fc.constant(verb),
        target: targetOf(pathOf(path)),
        headers: fc
          .tuple(cookies, contentType('application/x-www-form-urlencoded'))
          .map(([value, type]) => [['cookie', value], type]),
        body: verb === 'GET' ? null : mutated(form),
      }),
    );
}

export function boardInput({ cookie, csrfToken }: Credentials, origin: string): Arbitrary<FuzzInput> {
  const paths = fc.constantFrom(
    ['GET', '/queues'],
    ['GET', '/queues/queue/:name'],
    ['GET', '/queues/api/queues'],
    ['GET', '/queues/api/queues/:name/:job'],
    ['GET', '/queues/api/queues/:name/:job/logs'],
    ['PUT', '/queues/api/queues/:name/:job/retry'],
    ['PUT', '/queues/api/queues/:name/retry/:status'],
    ['PUT', '/queues/api/queues/:name/clean/:status'],
    ['PUT', '/queues/api/queues/:name/pause'],
    ['POST', '/queues/api/queues/:name/add'],
    ['PATCH', '/queues/api/queues/:name/:job/update-data'],
    ['PUT', '/queues/api/queues/:name/empty'],
    ['GET', '/queues/static/:file'],
    ['GET', '/queues/:a/:b/:c'],
  );
  return paths.chain(([verb = 'GET', path = '/']) =>
    requestOf({
      kind: 'board',
      app: 'console',
      method: method(verb),
      target: targetOf(pathOf(path)),
      headers: fc
        .tuple(sometimes(csrfToken, headerText), contentType('application/json'))
        .map(([token, type]) => [['cookie', cookie], ['origin', origin], ['x-xsrf-token', token], type]),
      body: verb === 'GET' ? null : mutated(jsonBody),
    }),
  );
}
