import type { Readable } from 'node:stream';

import type { Scope } from '@keycourier/ledger/api-keys/api-keys';

import type { Answer } from './answer.ts';
import type { Contract } from './contract.ts';

/** A request as handlers know it. The body is read on demand, after the API key has been checked. */
export interface PlainRequest {
  params: Readonly<Record<string, string>>;
  query: unknown;
  /** In lower case, without parameters; empty if absent. */
  mediaType: string;
  idempotencyKey: string | undefined;
  /** As in the answer's header and in the log. */
  requestId: string | null;
  readBody: () => Promise<BodyResult>;
  /**
   * The body as a stream, decompressed, for one too large to hold in memory. It fails with a `BodyError` after
   * `limitBytes`, or when the connection breaks.
   */
  streamBody: (limitBytes: number) => Readable;
  /** Runs work with the database in the tenant's share of connections, once the body is here. @throws ShareError */
  inShare: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** `json` is undefined if there is no body. */
export type BodyResult = { outcome: 'read'; json: unknown } | { outcome: 'refused'; answer: Answer };

/** A handler knows no web framework. */
export type Handler<Context, Caller> = (context: Context, caller: Caller, request: PlainRequest) => Promise<Answer>;

export interface Endpoint<Context, Caller, Code extends string> {
  contract: Contract<Code>;
  handler: Handler<Context, Caller>;
}

export interface Route<Context, Caller, Code extends string> extends Endpoint<Context, Caller, Code> {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  /** What the API key must be allowed to do; null: any key that works. */
  scope: Scope | null;
}
