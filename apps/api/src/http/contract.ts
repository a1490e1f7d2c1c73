import type { z } from 'zod';

import type { ProblemCode } from './answer.ts';
import type { Handler } from './handler.ts';

/** A shape, and a value that has it. */
export interface Example {
  schema: z.ZodType;
  example: unknown;
}

/** By media type. */
export type Content = Readonly<Record<string, Example>>;

/** What a route takes and answers. Its schemas are those that the handler parses with, so document and checks are one. */
export interface Contract {
  /** The operation's id in the OpenAPI document, for generated clients. */
  name: string;
  summary: string;
  /** CommonMark of paragraphs and `code` alone: the page of the documentation shows no more. */
  description: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Absent where no body is taken. */
  body?: { isRequired: boolean; content: Content };
  /** Takes an `Idempotency-Key`. */
  isOnce?: true;
  answers: Readonly<Record<number, { description: string; content?: Content }>>;
  /** Its own refusals, besides those that every route of its kind has. */
  refusals: readonly ProblemCode[];
}

export interface Endpoint {
  contract: Contract;
  handler: Handler;
}

export const json = (schema: z.ZodType, example: unknown): Content => ({ 'application/json': { schema, example } });
