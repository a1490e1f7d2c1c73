import type { Content, Contract } from '@keycourier/http/contract';
import { z } from 'zod';
import type { ZodOpenApiContentObject, ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';

import type { Route } from '../endpoint.ts';
import { refusalResponses } from './refusals.ts';

const idempotencyKey = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[!-~]{1,255}$/)
    .optional()
    .meta({
      description:
        'Makes retries safe: once a request has succeeded, a repeated one with the same key gets the same response, with `Idempotency-Replayed: true`, and has no further effect. A refusal is not stored: the request may be sent again under its key. Use a new key for each new request. Keys are separate for each API key',
    }),
});

const requestId = {
  'Request-Id': { schema: { type: 'string' as const }, description: 'Name it when you ask about a request' },
};

const quota = {
  ...requestId,
  'RateLimit-Policy': { schema: { type: 'string' as const }, example: '"key";q=600;w=60' },
  RateLimit: { schema: { type: 'string' as const }, example: '"key";r=599;t=60' },
};

/** A path in OpenAPI's notation. */
export const documentedPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

/** A route's contract as an OpenAPI operation. */
export function operationOf({ path, scope, contract }: Route): ZodOpenApiOperationObject {
  const { name, summary, description, body } = contract;
  return {
    operationId: name,
    summary,
    description: `${description}\n\n${scope === null ? 'Requires no scope.' : `Requires the scope \`${scope}\`.`}`,
    tags: [path.split('/')[2] ?? ''],
    security: [{ apiKey: scope === null ? [] : [scope] }],
    requestParams: paramsOf(contract),
    ...(body === undefined ? {} : { requestBody: { required: body.isRequired, content: contentOf(body.content) } }),
    responses: { ...answersOf(contract), ...refusalResponses(contract) },
  };
}

function paramsOf({ params, query, isOnce }: Contract): NonNullable<ZodOpenApiOperationObject['requestParams']> {
  return {
    ...(params === undefined ? {} : { path: params }),
    ...(query === undefined ? {} : { query }),
    ...(isOnce === true ? { header: idempotencyKey } : {}),
  };
}

const replayed = {
  'Idempotency-Replayed': {
    schema: { type: 'string' as const, enum: ['true'] },
    description: 'Sent where the response is that to an earlier request with this Idempotency-Key',
  },
};

const location = {
  Location: { schema: { type: 'string' as const }, description: 'The path of what was created' },
};

function answersOf({ answers, isOnce, locatedAt }: Contract): { [status: `2${string}`]: ZodOpenApiResponseObject } {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, content }]) => [
      status,
      {
        description,
        headers: {
          ...quota,
          ...(isOnce === true ? replayed : {}),
          ...(locatedAt !== undefined && ['201', '202'].includes(status) ? location : {}),
        },
        ...(content === undefined ? {} : { content: contentOf(content) }),
      },
    ]),
  );
}

const contentOf = (content: Content): ZodOpenApiContentObject =>
  Object.fromEntries(Object.entries(content).map(([type, { schema, example }]) => [type, { schema, example }]));
