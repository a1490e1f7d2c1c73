import { describeHold } from '@keycourier/messages/holds';
import { z } from 'zod';

import { notShown, shownId, shownSentence, shownWord } from '../shown.ts';

/** Names that a job's data may have on the board. Whatever else is in there is named, and not shown. */
const idFields = new Set(['subjectId', 'shipmentId', 'eventId', 'batchId']);

const held = z.looseObject({
  held: z.looseObject({
    shipmentId: z.unknown(),
    code: z.string(),
    problems: z.array(z.looseObject({ field: z.unknown(), code: z.unknown() })).default([]),
  }),
});

const shownHold = z.object({
  held: z.string(),
  shipment: z.string(),
  problems: z.array(z.string()),
  whatToDo: z.string(),
});

type ShownHold = z.infer<typeof shownHold>;

const result = z.looseObject({ outcome: z.unknown(), why: z.unknown() });

/** A job's data: ids only. `turn`, a counter of the outbox, says nothing to a person. */
export function shownData(data: unknown): Record<string, string> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(data);
  if (!parsed.success) return {};
  const fields = Object.entries(parsed.data).filter(([name]) => name !== 'turn');
  return Object.fromEntries(
    fields.map(([name, value]) => [shownWord(name), idFields.has(name) ? shownId(value) : notShown]),
  );
}

/** How a job ended: `{ outcome, why }`. */
export function shownResult(value: unknown): Record<string, string> | null {
  if (value === null || value === undefined) return null;
  const parsed = result.safeParse(value);
  if (!parsed.success) return { outcome: notShown };
  const { outcome, why } = parsed.data;
  return { outcome: shownWord(outcome), ...(why === null || why === undefined ? {} : { why: shownSentence(why) }) };
}

/** What a held shipment waits for, in lines that can be read; of other progress, a plain percentage. */
export function shownProgress(value: unknown): number | ShownHold {
  if (typeof value === 'number') return value >= 0 && value <= 100 ? value : 0;
  const parsed = held.safeParse(value);
  if (!parsed.success) return 0;
  const { shipmentId, code, problems } = parsed.data.held;
  return {
    held: shownWord(code),
    shipment: shownId(shipmentId),
    problems: problems.map((problem) => `${shownWord(problem.field)}: ${shownWord(problem.code)}`),
    whatToDo: describeHold(code),
  };
}

/** A job on its way to the page: the parts that Bull Board has no formatter for are why it failed, and where. */
export const shownJob = z
  .looseObject({
    progress: z.unknown(),
    failedReason: z.unknown().optional().transform(sentenceOrNothing),
    deferredFailure: z.unknown().optional().transform(sentenceOrNothing),
    stacktrace: z.array(z.unknown().transform((trace) => shownSentence(trace, 8_000))),
  })
  .transform((job) => (isHeld(job) ? { ...job, stacktrace: [spelledOut(job.progress)] } : job));

function sentenceOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? shownSentence(value) : undefined;
}

const isHeld = <Job extends { failedReason: string | undefined; progress: unknown }>(
  job: Job,
): job is Job & { progress: ShownHold } =>
  job.failedReason?.startsWith('held: ') === true && shownHold.safeParse(job.progress).success;

/** What stands in the error's place: a held shipment is no bug, and where it was noticed in the code helps nobody. */
function spelledOut({ held: code, shipment, problems, whatToDo }: ShownHold): string {
  return [
    `held: ${code}`,
    whatToDo,
    ...(problems.length === 0 ? [] : [problems.map((problem) => `  ${problem}`).join('\n')]),
    `The hold is lifted in the API: POST /v1/shipments/${shipment}/retry\nRetrying this job looks again, and finds it held.`,
  ].join('\n\n');
}
