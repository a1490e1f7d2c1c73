import type { z } from 'zod';

/** A schema, and a value that it accepts. */
export interface Example {
  schema: z.ZodType;
  example: unknown;
}

/** By media type. */
export type Content = Readonly<Record<string, Example>>;

/** What a route accepts and returns. The handler parses with the same schemas, so documentation and checks agree. */
export interface Contract<Code extends string = string> {
  /** The operation's id in the OpenAPI document, for generated clients. */
  name: string;
  summary: string;
  /** CommonMark. */
  description: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Absent where the route has no body. */
  body?: { isRequired: boolean; content: Content };
  /** Each answer is logged, with the key that read it. */
  readsPersonalData?: true;
  /** The path below which what it creates is found by its `id`: for the header `Location`. */
  locatedAt?: string;
  /** Accepts an `Idempotency-Key`. */
  isOnce?: true;
  answers: Readonly<Record<number, { description: string; content?: Content }>>;
  /** Its own refusals, besides those that every route of its kind has. */
  refusals: readonly Code[];
}

export const json = (schema: z.ZodType, example: unknown): Content => ({ 'application/json': { schema, example } });

/** The keys of a table with their type, for a schema that allows just these. */
export const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(table).filter((name): name is Name => Object.hasOwn(table, name));
