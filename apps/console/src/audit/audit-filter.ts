import { isAuditAction } from '@keycourier/ledger/audit/entry';
import { z } from 'zod';

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const id = z
  .string()
  .trim()
  .regex(/^[^\p{C}]{1,200}$/u);

/** The filter of the audit log, as the page's address has it. */
export const auditQuery = z.object({
  actor: optional(id),
  action: optional(z.string().refine(isAuditAction)),
  subject: optional(id),
  before: optional(z.coerce.number().int().min(1)),
});

export type AuditFilterInAddress = z.output<typeof auditQuery>;
