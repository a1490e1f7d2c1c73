import { eventOutcomes } from '@keycourier/ledger/events/list-events';
import { z } from 'zod';

/** An empty field, as a form sends it, is none; what is not understood selects nothing. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const printed = z
  .string()
  .trim()
  .regex(/^[^\p{C}]{1,256}$/u);

/** The filter of the list of events, as the page's address has it. */
export const eventQuery = z.object({
  user: optional(printed),
  uuid: optional(printed),
  outcome: optional(z.enum(eventOutcomes)),
  before: optional(z.string().regex(/^evt_[0-9a-z]{26}$/)),
});

export type EventFilter = z.output<typeof eventQuery>;
