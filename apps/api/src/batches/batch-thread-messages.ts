import type { Answer } from '@keycourier/http/answer';
import type { LedgerOptions } from '@keycourier/ledger/connect-ledger';
import type { SealingKeys } from '@keycourier/ledger/sealing';
import { z } from 'zod';

import type { BatchToWrite } from './batch-to-write.ts';

/*
 * What passes between the API and its own thread. Batches and answers are not checked: the same code is on both sides.
 */

/** What the ledger needs to know of a tenant. */
const tenantSettings = z.object({ maxRequestsInFlight: z.int(), areNamesSearchable: z.boolean() });

export const threadData = z.object({
  databaseUrl: z.string(),
  use: z.custom<NonNullable<LedgerOptions['use']>>(),
  maxConnections: z.int(),
  sealingKeys: z.custom<SealingKeys>(),
  tenants: z.record(z.string(), tenantSettings),
});
export type ThreadData = z.infer<typeof threadData>;

export const toThread = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('batch'), number: z.int(), batch: z.custom<BatchToWrite>() }),
  /** The tenants beside whose batches others have work. */
  z.object({ kind: z.literal('contended'), tenants: z.array(z.string()) }),
  z.object({ kind: z.literal('close') }),
]);
export type ToThread = z.infer<typeof toThread>;

/** An error as data: of its own members, only the code passes between threads. */
const failure = z.object({
  message: z.string().catch('unknown'),
  code: z.string().optional().catch(undefined),
  stack: z.string().optional().catch(undefined),
});
export type Failure = z.infer<typeof failure>;

export const failureOf = (error: unknown): Failure => failure.parse(error instanceof Error ? error : {});

export const fromThread = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answer'), number: z.int(), answer: z.custom<Answer>() }),
  z.object({ kind: z.literal('failed'), number: z.int(), failure }),
  /** A connection of the pool ended. */
  z.object({ kind: z.literal('disconnected'), failure }),
]);
export type FromThread = z.infer<typeof fromThread>;
