import { expect, test } from '@jest/globals';

import { judge } from './judge.ts';
import type { OpenApiDocument } from './openapi-document.ts';
import type { Exchange } from './recorder.ts';

const document: OpenApiDocument = {
  schemas: {
    Thing: {
      allOf: [{ $ref: '#/components/schemas/Named' }, { type: 'object', properties: { size: { type: 'integer' } } }],
    },
    Named: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        note: { type: 'string', nullable: true },
        secret: { type: 'string', writeOnly: true },
        free: { type: 'object' },
        kind: { type: 'string', enum: ['A'], nullable: true },
      },
    },
  },
  operationIds: ['putThing'],
  find: (method, path) =>
    method === 'PUT' && path === '/thing'
      ? {
          id: 'putThing',
          query: new Set(['limit']),
          scopes: [],
          requestSchema: { $ref: '#/components/schemas/Thing' },
          answerSchemas: new Map([[200, { $ref: '#/components/schemas/Thing' }]]),
        }
      : undefined,
};

const good: Exchange = {
  method: 'PUT',
  path: '/thing',
  query: ['limit'],
  status: 200,
  requestBody: { name: 'a', secret: 'x' },
  answerBody: { name: 'a', note: null, kind: null, size: 1, free: { anything: true } },
};

const faultsOf = (changes: Partial<Exchange>): string[] => judge(document, [{ ...good, ...changes }]).faults;

test('a good exchange has no faults', () => {
  expect(faultsOf({})).toEqual([]);
});

test.each<[string, Partial<Exchange>]>([
  ['an answer with a name that the document lacks', { answerBody: { name: 'a', extra: 1 } }],
  ['an answer that shows what is write-only', { answerBody: { name: 'a', secret: 'x' } }],
  ['a null where none may be', { answerBody: { name: null } }],
  ['a value outside of an enum', { answerBody: { name: 'a', kind: 'B' } }],
  ['a missing name', { answerBody: {} }],
  ['a wrong request', { requestBody: { name: 1 } }],
  ['an undeclared status', { status: 201 }],
  ['an undeclared query parameter', { query: ['page'] }],
  ['an unknown path', { path: '/other' }],
])('%s is a fault', (_what, changes) => {
  expect(faultsOf(changes)).not.toEqual([]);
});
