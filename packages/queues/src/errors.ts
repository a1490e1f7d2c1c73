/** The queue store cannot be used: it may evict jobs, or BullMQ does not support its version or its schema's. */
export class QueueStoreError extends Error {
  readonly code = 'queue_store_unfit';
  readonly level = 'fatal';
}
