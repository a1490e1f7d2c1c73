import type { JsonValue } from '@keycourier/scim-protocol/json';

/** A value as this ledger sealed it, which its seal proves: checking it again would take half the time of a list. */
export const parseStored = (text: string): JsonValue => JSON.parse(text);
