import { z } from 'zod';

import type { SealingKeys } from '../sealing.ts';
import type { IdentifiedRow, PreparedRow } from './prepare-rows.ts';

/*
 * What passes between a process and its own thread. Of the rows nothing is checked: the same code is on both sides, and a check would take
 * as long as what the thread spares.
 */

export const threadData = z.object({ sealingKeys: z.custom<SealingKeys>() });

export const threadWork = z.object({ number: z.int(), rows: z.array(z.custom<IdentifiedRow>()) });
export type ThreadWork = z.infer<typeof threadWork>;

export const threadResult = z.object({ number: z.int(), rows: z.array(z.custom<PreparedRow>()) });
export type ThreadResult = z.infer<typeof threadResult>;
