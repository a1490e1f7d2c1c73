import type { Contract } from '@keycourier/http/contract';
import { refusalMessages } from '@keycourier/messages/refusals';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

import { problemTypes, refuse, type ProblemCode } from '../problems.ts';
import { explained } from './meanings.ts';

const ofEveryRoute: readonly ProblemCode[] = [
  'bad_request',
  'unauthorized',
  'missing_scope',
  'too_many_requests',
  'internal',
  'unavailable',
];
const ofBodies: readonly ProblemCode[] = ['too_large', 'unsupported_media_type'];

const retryAfter = { 'Retry-After': { schema: { type: 'integer' as const }, description: 'Seconds to wait' } };

/** Every code that a route may refuse with, by status: its own and those that every route of its kind has. */
export function refusalsOf({ refusals, body, isOnce }: Contract<ProblemCode>): ProblemCode[] {
  const codes = new Set<ProblemCode>([
    ...ofEveryRoute,
    ...(body === undefined ? [] : ofBodies),
    ...(isOnce === true ? (['idempotency_key_reused'] as const) : []),
    ...refusals,
  ]);
  return [...codes].toSorted((one, other) => problemTypes[one][0] - problemTypes[other][0]);
}

/** The refusals as responses, by status. Each response names its codes and has an example of each. */
export function refusalResponses(contract: Contract<ProblemCode>): {
  [status: `${4 | 5}${string}`]: ZodOpenApiResponseObject;
} {
  const codes = refusalsOf(contract);
  const statuses = new Set(codes.map((code) => problemTypes[code][0]));
  return Object.fromEntries(
    [...statuses].map((status) => [
      String(status),
      responseOf(
        status,
        codes.filter((code) => problemTypes[code][0] === status),
      ),
    ]),
  );
}

function responseOf(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${problemTypes[code][1]}.`).join('\n\n'),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: {
                status: { const: status, description: 'The HTTP status' },
                code: { enum: [...codes], description: explained(titlesOf(codes)) },
              },
            },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
    ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
  };
}

const titlesOf = (codes: readonly ProblemCode[]): Readonly<Record<string, string>> =>
  Object.fromEntries(codes.map((code) => [code, problemTypes[code][1]]));

const hasMessage = (code: ProblemCode): code is ProblemCode & keyof typeof refusalMessages =>
  Object.hasOwn(refusalMessages, code);

const exampleOf = (code: ProblemCode): unknown =>
  refuse(code, hasMessage(code) ? refusalMessages[code] : `${problemTypes[code][1]}.`).body;
