/** What one BulkRequest may have; `/ServiceProviderConfig` shows it (RFC 7644 §3.7.4). */
export const bulkLimits = { maxOperations: 1_000, maxPayloadSize: 1_048_576 } as const;
