import type { JsonValue } from '@keycourier/scim-protocol/json';
import { z } from 'zod';

const stored: z.ZodType<JsonValue> = z.json();

/** A value as it was sealed. */
export const parseStored = (text: string): JsonValue => stored.parse(JSON.parse(text));
