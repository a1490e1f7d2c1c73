import type { Readable } from 'node:stream';

import type { Scope } from '@keycourier/ledger/api-keys/api-keys';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import type { Answer } from './answer.ts';
import type { Endpoint } from './contract.ts';

/** A request as handlers know it. The body is read when it is asked for: not before the key has been looked at. */
export interface PlainRequest {
  params: Readonly<Record<string, string>>;
  query: unknown;
  /** Lower-cased, without parameters; empty where there is none. */
  mediaType: string;
  idempotencyKey: string | undefined;
  readBody: () => Promise<BodyResult>;
  /**
   * The body as it arrives, decompressed, for a body that is too large to be read at once. It fails with a `BodyError`
   * after `limitBytes`, or when it breaks off.
   */
  openBody: (limitBytes: number) => Readable;
}

/** `json` is undefined where there is no body. */
export type BodyResult = { outcome: 'read'; json: unknown } | { outcome: 'refused'; answer: Answer };

/** A handler knows no web framework: it gets who asks and what, and says an answer. */
export type Handler = (context: Context, caller: Caller, request: PlainRequest) => Promise<Answer>;

export interface Route extends Endpoint {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  /** What an API key must be allowed to do. */
  scope: Scope;
}
