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

const hourSeconds = 3_600;

const everyJob = {
  /** A job that threw met a bug or a lost connection: BullMQ retries it a few times, and after that the sweep does. */
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnFail: { age: 14 * 24 * hourSeconds, count: 10_000 },
};

/**
 * Options of a queue, by its store: how long the board shows jobs that ended. On Postgres no number of completed ones is kept:
 * BullMQ would read all of them, twice, each time that one completes, 5,000 in 5 ms of Postgres. Their age has an index.
 */
export const jobOptions = {
  redis: { defaultJobOptions: { ...everyJob, removeOnComplete: { age: 24 * hourSeconds, count: 5_000 } } },
  postgres: { defaultJobOptions: { ...everyJob, removeOnComplete: { age: hourSeconds } } },
};
