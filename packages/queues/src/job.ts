import { isStepName } from '@keycourier/journey/steps/run-step';
import { steps } from '@keycourier/journey/steps/run-step';
import type { OutboxMessage } from '@keycourier/ledger/outbox/publish-due';
import { z } from 'zod';

/** The queues: one a room. */
export const queueNames = ['intake', 'shipments', 'fulfillment', 'activation', 'pin-delivery'] as const;

export type QueueName = (typeof queueNames)[number];

/** A job carries ids and nothing else (invariant 6): it is kept in clear by the queue, and shown on the board. */
export const jobData = z.strictObject({ subjectId: z.string().min(1), dispatchId: z.string().nullable() });

export type JobData = z.infer<typeof jobData>;

export const queueOf = (step: string): QueueName => (isStepName(step) ? steps[step].queue : 'intake');

/** The same for every publishing of one turn, so that the queue swallows copies. BullMQ allows no colon in it. */
export const jobIdOf = ({ step, subjectId, dispatchId }: OutboxMessage): string => `${step}.${subjectId}.${dispatchId}`;
