import { fieldRules } from '@keycourier/messages/requests';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';

import type { Route } from '../http/handler.ts';
import { documentedPath, operationOf } from './operation.ts';
import { problem } from './problem-schema.ts';

export type ApiDocument = ReturnType<typeof createDocument>;

const tags = [
  { name: 'shipments', description: 'One key on its way to one person' },
  { name: 'batches', description: 'Many shipments from one file' },
  { name: 'flows', description: 'What starts shipments, and what carries them out' },
  { name: 'keys', description: 'API keys of the tenant' },
];

const description = `Couriers pre-registered YubiKeys: a request goes in, a programmed key arrives, its credential is already active in Okta, and its PIN reaches its owner and nobody else.

An API key belongs to one tenant and sees nothing of others. What it may do is told by its scopes: \`read\`, \`write\` and \`operator\`.

An answer of 2xx means that the request is kept. Refusals are problems (RFC 9457): act on \`code\`, and show \`detail\` to people. Answers may have further members one day; requests with members that are not shown here are refused.

Requests are limited for each API key, see the headers \`RateLimit-Policy\` and \`RateLimit\`; from there on the answer is 429, with \`Retry-After\` in seconds.`;

/**
 * The API as an OpenAPI document, made from the contracts of its routes. Published, its answers are `open` to members
 * that come later; `closed`, they are what an answer of this version may hold and nothing else.
 */
export function describeApi(routes: readonly Route[], answers: 'open' | 'closed' = 'open'): ApiDocument {
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'keycourier', version: 'v1', description },
      servers: [{ url: '/' }],
      tags,
      paths: pathsOf(routes),
      components: {
        schemas: { Problem: problem },
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `kc_…`' } },
      },
    },
    { override: (shown) => (shown.io === 'input' ? explain(shown.jsonSchema) : open(shown.jsonSchema, answers)) },
  );
}

type JsonSchema = Parameters<
  NonNullable<NonNullable<Parameters<typeof createDocument>[1]>['override']>
>[0]['jsonSchema'];

function open(schema: JsonSchema, answers: 'open' | 'closed'): void {
  if (answers === 'open' && schema.additionalProperties === false) delete schema.additionalProperties;
}

/** A field is explained with the words that refuse it. */
function explain({ properties = {} }: JsonSchema): void {
  for (const [name, field] of Object.entries(properties)) {
    const rule = fieldRules[name];
    if (typeof field === 'object' && rule !== undefined)
      field.description ??= rule.charAt(0).toUpperCase() + rule.slice(1);
  }
}

function pathsOf(routes: readonly Route[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = documentedPath(route.path);
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return paths;
}
