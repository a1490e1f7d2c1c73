/** Beyond any stall of a busy machine. A test that needs the end of a lease sets it in the ledger. */
export const leaseMs = 60_000;

/** Of a job in its queue: none runs again because its process stood still. */
export const locks = { lockMs: 600_000, checkEveryMs: 600_000 };

/** Of a call to a simulated org, beyond any stall of a busy machine. */
export const timeoutMs = 60_000;
