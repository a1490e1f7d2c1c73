import type { Answer } from '@keycourier/http/answer';
import type { IdempotentRequest } from '@keycourier/http/answer-once';
import type { Batch } from '@keycourier/ledger/batches/batches';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { BatchSender } from '@keycourier/operations/batches/judge-row';
import type { KeptBody } from '@keycourier/operations/batches/keep-upload';
import type { FileContention } from '@keycourier/runtime/contention';

/** Thousands of rows to be written in one transaction: plain data, for a thread. */
export type BatchToWrite = FileToWrite | DryRunToOrder;

export const fileTypes = ['application/json', 'text/csv'] as const;
export type FileType = (typeof fileTypes)[number];

/** The rows of a file that was received whole. Its body is closed by who writes it. */
export interface FileToWrite extends WrittenOnce {
  kind: 'file';
  mediaType: FileType;
  body: KeptBody;
  dryRun: boolean;
}

/** The rows of a dry run. */
export interface DryRunToOrder extends WrittenOnce {
  kind: 'order';
  dryRun: Batch;
  withHeld: boolean;
}

interface WrittenOnce {
  sender: SenderData;
  once: Omit<IdempotentRequest, 'atOnce'>;
}

/** As {@link BatchSender}; `refusal` answers a file with overrides, and is null where the sender may override. */
export interface SenderData extends Omit<BatchSender, 'refuseOverrides'> {
  refusal: Answer | null;
}

/** What writing it needs: connections with the limits of long transactions. */
export interface WriteContext {
  ledger: Ledger;
  contention: FileContention;
}

/** @throws what the database does */
export type WriteBatch = (batch: BatchToWrite) => Promise<Answer>;

export const batchSenderOf = ({ refusal, ...sender }: SenderData): BatchSender => ({
  ...sender,
  refuseOverrides: () => (refusal === null ? null : new AddressesRefused(refusal)),
});

/** Thrown where rows are read one by one, so that the transaction of the batch is rolled back. */
export class AddressesRefused extends Error {
  readonly code = 'addresses_refused';
  readonly level = 'info';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super('The caller may not override addresses');
    this.name = 'AddressesRefused';
    this.answer = answer;
  }
}
