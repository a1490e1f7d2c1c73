/** The queue store will not do: a job could be lost in it, or it is of a version that cannot be used. */
export class QueueStoreError extends Error {
  readonly code = 'queue_store_unfit';
  readonly level = 'fatal';
}
