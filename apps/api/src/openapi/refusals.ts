import { refusalMessages } from '@keycourier/messages/refusals';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

import { problemTypes, refuse, type ProblemCode } from '../http/answer.ts';
import type { Contract } from '../http/contract.ts';
import { namesOf } from '../http/names-of.ts';

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

/** Whatever a route may refuse a request with: its own codes and those that every route of its kind has. */
export function refusalsOf({ refusals, body, isOnce }: Contract): ProblemCode[] {
  const codes = new Set<ProblemCode>([
    ...ofEveryRoute,
    ...(body === undefined ? [] : ofBodies),
    ...(isOnce === true ? (['idempotency_key_reused'] as const) : []),
    ...refusals,
  ]);
  return namesOf(problemTypes).filter((code) => codes.has(code));
}

/** The refusals as responses, by status. Each response names its codes, and shows one of each. */
export function refusalResponses(contract: Contract): { [status: `${4 | 5}${string}`]: ZodOpenApiResponseObject } {
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
            { type: 'object', properties: { status: { const: status }, code: { enum: [...codes] } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
    ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
  };
}

const hasWords = (code: ProblemCode): code is ProblemCode & keyof typeof refusalMessages =>
  Object.hasOwn(refusalMessages, code);

const exampleOf = (code: ProblemCode): unknown =>
  refuse(code, hasWords(code) ? refusalMessages[code] : `${problemTypes[code][1]}.`).body;
