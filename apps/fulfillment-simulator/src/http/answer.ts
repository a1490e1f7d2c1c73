import { z } from 'zod';

/** What is wrong with one field of a request; `field` is a path such as `shipment_items[0].product_id`. */
export interface Problem {
  field: string;
  message: string;
}

/** What a handler returns; handler.ts turns it into an Express response. */
export interface Answer {
  status: number;
  body: unknown;
  /** Set when `body` is text of another media type than JSON. */
  contentType?: string;
}

const messages: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  404: 'Not found',
  409: 'Conflict',
  413: 'Payload too large',
  429: 'Too many requests',
  500: 'Internal server error',
  503: 'Service unavailable',
};

/** An error body. Only `errors` is known from Yubico's; the rest of its shape is invented. */
export function problem(
  status: number,
  errors: readonly Problem[] = [],
): { code: number; message: string; errors: readonly Problem[] } {
  return { code: status, message: messages[status] ?? 'Error', errors };
}

export const refusal = (status: number, errors: readonly Problem[] = []): Answer => ({
  status,
  body: problem(status, errors),
});

/** Every issue that zod found as a problem of the provider; `below` is the path of the parsed part in the body. */
export function problemsOf(error: z.ZodError, below: readonly (string | number)[] = []): Problem[] {
  return error.issues.map(({ path, message }) => ({ field: z.core.toDotPath([...below, ...path]) || 'body', message }));
}
