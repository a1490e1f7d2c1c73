import { isDoor } from '@keycourier/journey/steps/run-step';
import { house } from '@keycourier/journey/steps/run-step';
import type { Knock } from '@keycourier/ledger/outbox/publish-due';
import { z } from 'zod';

/** The queues: one a room. */
export const rooms = ['intake', 'shipments', 'fulfillment', 'activation', 'pin-delivery'] as const;

export type Room = (typeof rooms)[number];

/** A job carries ids and nothing else (invariant 6): it is kept in clear by the queue, and shown on the board. */
export const jobData = z.strictObject({ subjectId: z.string().min(1), turn: z.string().nullable() });

export type JobData = z.infer<typeof jobData>;

export const roomOf = (door: string): Room => (isDoor(door) ? house[door].room : 'intake');

/** The same for every publishing of one turn, so that the queue swallows copies. BullMQ allows no colon in it. */
export const jobIdOf = ({ door, subjectId, turn }: Knock): string => `${door}.${subjectId}.${turn}`;
