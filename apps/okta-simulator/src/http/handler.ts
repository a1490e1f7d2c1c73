import { type z } from 'zod';

import type { Org } from '../context.ts';
import type { Caller } from '../roles/caller.ts';
import { OktaError, validationFailed } from './errors.ts';

/** The request details that an event of the system log contains. */
export interface RequestDetails {
  requestId: string;
  uri: string;
  ipAddress: string;
  userAgent: string;
}

/** A request; handlers do not depend on a web framework. */
export interface OktaRequest {
  method: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: unknown;
  /** `http://host:port` as the client called it; links in responses start with it. */
  origin: string;
  /** By lower-case name; the values of a repeated header are joined by commas. */
  headers: Readonly<Record<string, string>>;
  /** Path and query as received. */
  url: string;
  details: RequestDetails;
  caller: Caller;
  /** The groups that a list is restricted to, with their members; undefined for the whole org. */
  visibleGroups?: readonly string[];
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
 * @throws OktaError E0000003 if it is not a JSON object, E0000001 with `about` and one cause for each problem
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

/** A path parameter that the route declares. */
export function param(request: OktaRequest, name: string): string {
  return request.params[name] ?? '';
}

/** A query parameter that is `true` or `false`, else `byDefault`. */
export function flag(request: OktaRequest, name: string, byDefault: boolean): boolean {
  const value = request.query[name];
  return value === undefined ? byDefault : value.toLowerCase() === 'true';
}
