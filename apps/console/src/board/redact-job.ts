import { describeProblem } from '@keycourier/messages/describe-problem';
import { describeHold } from '@keycourier/messages/holds';
import { z } from 'zod';

import { redacted, redactId, redactSentence, redactWord } from '../redact.ts';

/** The fields of a job's data whose ids the board may show. Of any other field it shows the name only. */
const idFields = new Set(['subjectId', 'shipmentId', 'eventId', 'batchId']);

const held = z.looseObject({
  held: z.looseObject({
    shipmentId: z.unknown(),
    code: z.string(),
    problems: z.array(z.looseObject({ field: z.unknown(), code: z.unknown() })).default([]),
  }),
});

const redactedHold = z.object({
  held: z.string(),
  shipment: z.string(),
  problems: z.array(z.string()),
  whatToDo: z.string(),
});

type RedactedHold = z.infer<typeof redactedHold>;

const result = z.looseObject({ outcome: z.unknown(), why: z.unknown() });

/** A job's data: ids only. `dispatchId` is a part of the job's id already. */
export function redactData(data: unknown): Record<string, string> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(data);
  if (!parsed.success) return {};
  const fields = Object.entries(parsed.data).filter(([name]) => name !== 'dispatchId');
  return Object.fromEntries(
    fields.map(([name, value]) => [redactWord(name), idFields.has(name) ? redactId(value) : redacted]),
  );
}

/** The result of a job: `{ outcome, why }`. */
export function redactResult(value: unknown): Record<string, string> | null {
  if (value === null || value === undefined) return null;
  const parsed = result.safeParse(value);
  if (!parsed.success) return { outcome: redacted };
  const { outcome, why } = parsed.data;
  return { outcome: redactWord(outcome), ...(why === null || why === undefined ? {} : { why: redactSentence(why) }) };
}

/** Why a shipment is held, in readable form; any other progress as a percentage. */
export function redactProgress(value: unknown): number | RedactedHold {
  if (typeof value === 'number') return value >= 0 && value <= 100 ? value : 0;
  const parsed = held.safeParse(value);
  if (!parsed.success) return 0;
  const { shipmentId, code, problems } = parsed.data.held;
  const shipment = redactId(shipmentId);
  return {
    held: redactWord(code),
    shipment,
    problems: problems.map((problem) => problemLine(redactWord(problem.field), redactWord(problem.code))),
    whatToDo: `${describeHold(code)} To retry is POST /v1/shipments/${shipment}/retry: this job lifts no hold.`,
  };
}

const problemLine = (field: string, code: string): string =>
  `${describeProblem({ field, code }).message} (${field}: ${code})`;

/** A job for the page. Bull Board has no formatter for the error and its stack. */
export const redactedJob = z
  .looseObject({
    progress: z.unknown(),
    failedReason: z.unknown().optional().transform(redactOptionalSentence),
    deferredFailure: z.unknown().optional().transform(redactOptionalSentence),
    stacktrace: z.array(z.unknown().transform((trace) => redactSentence(trace, 8_000))),
  })
  // Older workers failed such a job: the place in their code explains nothing.
  .transform((job) => (isHeld(job) ? { ...job, stacktrace: [] } : job));

function redactOptionalSentence(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? redactSentence(value) : undefined;
}

const isHeld = ({ failedReason, progress }: { failedReason: string | undefined; progress: unknown }): boolean =>
  failedReason?.startsWith('held: ') === true && redactedHold.safeParse(progress).success;
