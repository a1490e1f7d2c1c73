import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import type { ScimError } from '@keycourier/scim-protocol/scim-error';

import type { Context } from '../context.ts';
import type { ScimAnswer } from './scim-answer.ts';

/** A request as handlers know it. */
export interface ScimRequest {
  connection: Connection;
  /** The connection's base URL, for `meta.location`. */
  baseUrl: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The header's value; undefined without one. */
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
  /** @throws ScimError */
  readBody: (limit?: BodyLimit) => Promise<JsonValue | undefined>;
}

/** A limit of a route's own, below that of all bodies. */
export interface BodyLimit {
  bytes: number;
  refusal: () => ScimError;
}

/** A handler knows no web framework. What it refuses, it throws as a ScimError. */
export type Handler = (context: Context, request: ScimRequest) => Promise<ScimAnswer>;

export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below the connection's base URL. */
  path: string;
  handler: Handler;
}
