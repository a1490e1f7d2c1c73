import fc, { type Arbitrary } from 'fast-check';

import { attribute, filter, path } from './hostile-filters.ts';
import { contentType, method, requestOf, sometimes } from './hostile-http.ts';
import { hostileJson, mutated } from './hostile-values.ts';
import type { FuzzInput } from './input.ts';
import type { Credentials } from './targets.ts';

const json = (value: Arbitrary<unknown>): Arbitrary<string> => value.map((one) => JSON.stringify(one) ?? 'null');

/** JSON that is put into a document as its text. */
const part: Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: json(
      fc.constantFrom<unknown[]>('ada', true, 'False', null, [], {}, [{ value: 'a', type: 'work', primary: true }], {
        active: false,
      }),
    ),
  },
  { weight: 2, arbitrary: hostileJson },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{"__proto__":{"x":1}}',
      '[{"__proto__":null}]',
      '{"constructor":{"prototype":{"x":1}}}',
    ),
  },
);

const operation = (ids: readonly string[]): Arbitrary<string> =>
  fc
    .record({
      op: fc.constantFrom('add', 'replace', 'Remove', 'REPLACE', 'move', ''),
      path: fc.option(path),
      value: fc.oneof(
        part,
        fc.constantFrom(...ids).map((id) => JSON.stringify([{ value: id }])),
      ),
    })
    .map(
      ({ op, path: at, value }) =>
        `{"op":${JSON.stringify(op)},${at === null ? '' : `"path":${JSON.stringify(at)},`}"value":${value}}`,
    );

const message = (name: string, rest: string): string =>
  `{"schemas":["urn:ietf:params:scim:api:messages:2.0:${name}"],${rest}}`;

const patch = (ids: readonly string[]): Arbitrary<string> =>
  fc.array(operation(ids), { maxLength: 4 }).map((all) => message('PatchOp', `"Operations":[${all.join(',')}]`));

const resource: Arbitrary<string> = fc
  .tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.array(fc.tuple(attribute, part), { maxLength: 5 }))
  .map(
    ([name, all]) =>
      `{${[`"userName":"${name}"`, `"displayName":"${name}"`, ...all.map(([key, value]) => `${JSON.stringify(key)}:${value}`)].join(',')}}`,
  );

const bulk = (ids: readonly string[]): Arbitrary<string> =>
  fc
    .array(
      fc.tuple(
        // What all requests are about is not deleted: the rest of them would be about nothing.
        fc.oneof(
          fc.constantFrom(['DELETE', '/Users/bulkId:a'], ['DELETE', '/Users/usr_unknown'], ['DELETE', '/Users/']),
          fc.tuple(
            fc.constantFrom('POST', 'PUT', 'PATCH', 'GET'),
            fc.constantFrom('/Users', '/Groups', '/Users/bulkId:a', '/Users/', ...ids.map((id) => `/Users/${id}`)),
          ),
        ),
        fc.oneof(resource, patch(ids)),
      ),
      { maxLength: 5 },
    )
    .map((all) =>
      message(
        'BulkRequest',
        `"failOnErrors":3,"Operations":[${all.map(([[verb, at], data]) => `{"method":"${verb}","path":"${at}","bulkId":"a","data":${data}}`).join(',')}]`,
      ),
    );

/** Lone surrogates cannot be escaped. */
const escaped = (text: string): string => encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));

const query = fc
  .tuple(
    filter,
    fc.constantFrom('', '&startIndex=1&count=2', '&startIndex=-1&count=1e9', '&count=x'),
    fc.option(attribute),
  )
  .map(([text, page, name]) =>
    `?filter=${escaped(text)}${page}${name === null ? '' : `&sortBy=${escaped(name)}`}`.slice(0, 12_000),
  );

/** Requests of a client of a connection: queries, documents and ids that are right, nearly right, and hostile. */
export function scimInput({ scim }: Credentials): Arbitrary<FuzzInput> {
  const ids = [scim.user, scim.group, 'usr_unknown', '__proto__'];
  const id = fc.constantFrom(...ids);
  const shape = (verb: string, target: Arbitrary<string>, document: Arbitrary<string> | null) =>
    requestOf({
      kind: 'scim',
      app: 'scim',
      method: verb === 'DELETE' ? method(verb) : method(verb).filter((name) => name !== 'DELETE'),
      target: target.map((tail) => `${scim.path}${tail}`),
      headers: fc
        .tuple(
          sometimes(`Bearer ${scim.token}`, fc.constantFrom(scim.token, 'wrong', '')),
          contentType('application/scim+json'),
        )
        .map(([authorization, type]) => [['authorization', authorization], type]),
      body:
        document === null
          ? null
          : fc.oneof(
              { weight: 4, arbitrary: document.map((text) => Buffer.from(text)) },
              { weight: 1, arbitrary: mutated(document) },
            ),
    });
  const type = fc.constantFrom('/Users', '/Groups');
  const one = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(`/Users/${scim.user}`, `/Groups/${scim.group}`) },
    { weight: 1, arbitrary: fc.tuple(type, id).map((parts) => parts.join('/')) },
  );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: shape(
        'GET',
        fc.tuple(type, query).map((parts) => parts.join('')),
        null,
      ),
    },
    { weight: 4, arbitrary: shape('PATCH', one, patch(ids)) },
    { weight: 2, arbitrary: shape('PUT', one, resource) },
    { weight: 2, arbitrary: shape('POST', type, resource) },
    {
      weight: 1,
      arbitrary: shape(
        'POST',
        type.map((at) => `${at}/.search`),
        filter.map((text) => message('SearchRequest', `"filter":${JSON.stringify(text)}`)),
      ),
    },
    { weight: 1, arbitrary: shape('POST', fc.constant('/Bulk'), bulk(ids)) },
    { weight: 1, arbitrary: shape('GET', one, null) },
    {
      weight: 1,
      arbitrary: shape(
        'DELETE',
        fc.constantFrom('/Users/usr_unknown', '/Groups/__proto__', '/Users/%00', '/Schemas/x'),
        null,
      ),
    },
  );
}
