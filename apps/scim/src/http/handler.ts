import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import type { JsonValue } from '@keycourier/scim-protocol/json';

import type { Context } from '../context.ts';
import type { BodyKind } from './read-scim-body.ts';
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
  /** Reads it once. @throws ScimError */
  readBody: () => Promise<JsonValue | undefined>;
}

/** A handler knows no web framework. What it refuses, it throws as a ScimError. */
export type Handler = (context: Context, request: ScimRequest) => Promise<ScimAnswer>;

/** A handler that takes no connection to the database for itself. Null where the route's handler has to answer. */
export type HandlerAtOnce = (context: Context, request: ScimRequest) => Promise<ScimAnswer | null>;

export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below the connection's base URL. */
  path: string;
  /** What a body is; it sets its limits. */
  body: BodyKind;
  /** It changes what its path or its body names: refusals are kept for that. */
  isWrite: boolean;
  /** Its answers hold personal data: reads are logged. */
  readsPersonalData: boolean;
  handler: Handler;
  /** Tried first, where the route has one. */
  atOnce?: HandlerAtOnce;
}
