import { z } from 'zod';

/** A job carries ids and nothing else (invariant 6): the queue store keeps it in plain text, and the console shows it. */
export const jobData = z.strictObject({ subjectId: z.string().min(1), dispatchId: z.string().nullable() });

export type JobData = z.infer<typeof jobData>;

/** What a job is published from. */
export interface JobMessage {
  step: string;
  subjectId: string;
  dispatchId: string;
}

/** The same each time one dispatch is published, so that BullMQ ignores the copies. BullMQ allows no colon in it. */
export const jobIdOf = ({ step, subjectId, dispatchId }: JobMessage): string => `${step}.${subjectId}.${dispatchId}`;
