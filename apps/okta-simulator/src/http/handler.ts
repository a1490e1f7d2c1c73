import { type z } from 'zod';

import type { Org } from '../context.ts';
import { OktaError, validationFailed } from './errors.ts';

/** Who asks, and how: what an event of the system log tells of its request. */
export interface Occasion {
  requestId: string;
  uri: string;
  ipAddress: string;
  userAgent: string;
}

/** A request as handlers see it; they know no web framework. */
export interface OktaRequest {
  method: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: unknown;
  /** `http://host:port` as the client called it; links in answers start with it. */
  origin: string;
  /** By names in lower case; a header that came several times has its values joined by commas. */
  headers: Readonly<Record<string, string>>;
  /** Path and query as they came. */
  url: string;
  occasion: Occasion;
}

export interface Answer {
  status: number;
  body?: unknown;
  /** Values of the Link header, in order. */
  links?: string[];
  headers?: Readonly<Record<string, string>>;
}

export type Handler = (org: Org, request: OktaRequest) => Promise<Answer>;

/**
 * Parses a request body.
 * @throws OktaError E0000003 without a JSON object, E0000001 naming `about` with one cause a problem.
 */
export function parseBody<Shape extends z.ZodType>(shape: Shape, body: unknown, about: string): z.infer<Shape> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new OktaError('E0000003');
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  throw validationFailed(
    about,
    parsed.error.issues.map((issue) => `${issue.path.join('.') || about}: ${issue.message}`),
  );
}

/** The path parameter of a route that has it. */
export function param(request: OktaRequest, name: string): string {
  return request.params[name] ?? '';
}

/** A query parameter that is `true` or `false`, else `standard`. */
export function flag(request: OktaRequest, name: string, standard: boolean): boolean {
  const value = request.query[name];
  return value === undefined ? standard : value.toLowerCase() === 'true';
}
