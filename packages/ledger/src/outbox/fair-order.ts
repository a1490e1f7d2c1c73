import type { PublishedMessage } from './publish-due.ts';

/** How much further back a job stands for each one of its tenant before it: a dry run gives way to four requests. */
const weightOf = (priority: number): number => (priority >= 10 ? 4 : priority >= 5 ? 2 : 1);

const levels = 16;
const furthest = 100_000;

/**
 * The priority of a job in BullMQ, lower first: the tenant's first job comes with the first of every other tenant, its
 * second with their second, however many it has. What is urgent for the tenant comes before what is not.
 */
export const jobPriority = ({ priority, rank }: Pick<PublishedMessage, 'priority' | 'rank'>): number =>
  Math.min(rank * weightOf(priority), furthest) * levels + Math.min(priority, levels - 1);

/** The priority of the message that a job with this priority in BullMQ is of. */
export const messagePriorityOf = (priority: number): number => priority % levels;
