import type { Following } from '@keycourier/journey/steps/run-step';
import { isStepName, shipmentSteps, type QueueName } from '@keycourier/journey/steps/steps';
import { priorityOfMessage } from '@keycourier/ledger/outbox/add-messages';

import type { Pace, PacedJob } from './pace.ts';

/** `continued` are shipments that go on in the job of the event that asked for them. */
type Place = QueueName | 'continued';

/**
 * How many steps of each stage run at once in this process, whether a job of their own started them or they followed at once.
 * A job waits for its turn; a step follows only where no job of its stage waits, so that what is urgent comes first.
 */
export interface StageLimits {
  /** Resolves when a job of the stage may run. */
  enter: (stage: QueueName) => Promise<void>;
  /** Whether a step may run that follows one of `from`, whose place it keeps where the stage is the same. */
  tryFollow: (from: QueueName, stage: Place) => boolean;
  leave: (stage: Place) => void;
}

export function createStageLimits(limits: Readonly<Record<Place, number>>): StageLimits {
  const running = new Map<Place, number>();
  const waiting = new Map<Place, (() => void)[]>();
  const count = (stage: Place, by: number): void => void running.set(stage, (running.get(stage) ?? 0) + by);
  const tryEnter = (stage: Place): boolean => {
    if ((running.get(stage) ?? 0) >= limits[stage]) return false;
    count(stage, 1);
    return true;
  };
  return {
    enter: async (stage) => {
      if (tryEnter(stage)) return;
      const queue = waiting.get(stage) ?? [];
      waiting.set(stage, queue);
      await new Promise<void>((resolve) => queue.push(resolve));
    },
    tryFollow: (from, stage) => (from === stage ? (waiting.get(stage) ?? []).length === 0 : tryEnter(stage)),
    leave: (stage) => {
      // Its place goes to the job that waits longest.
      const next = waiting.get(stage)?.shift();
      if (next === undefined) count(stage, -1);
      else next();
    },
  };
}

/** After so many steps the next one waits in its queue like any other: a shipment's share of this process has an end. */
const maxFollowing = 6;

/** What limits the steps that follow at once. */
export interface FollowLimits {
  limits: StageLimits;
  /** The process is stopping: steps that come next wait for another. */
  isClosing: () => boolean;
  mayFollow: Pace['mayFollow'];
  follow: PacedJob['follow'];
}

/**
 * What may follow in one job: each step takes a permit of its own stage, and gives back that of the step before.
 * @returns also how to give back the last place, when the job ends
 */
export function followWithin(
  { limits, isClosing, mayFollow, follow }: FollowLimits,
  first: { name: string; queue: QueueName },
  onEnded: Following['onEnded'],
): Following & { end: () => void } {
  let [current, followed] = [first, 0];
  const isEvent = !isStepName(first.name);
  let admitted: typeof first | null = null;
  return {
    admit: (step, shipment) => {
      const { queue } = shipmentSteps[step];
      if (admitted !== null || followed >= maxFollowing || isClosing()) return false;
      const { tenant } = shipment;
      const priority = priorityOfMessage(shipment, step);
      const after = isStepName(current.name) ? current.name : null;
      if (!mayFollow({ tenant, step, after, priority })) return false;
      if (!limits.tryFollow(current.queue, queue)) return false;
      if (after === null && !limits.tryFollow(current.queue, 'continued')) {
        limits.leave(queue);
        return false;
      }
      admitted = { name: step, queue };
      return true;
    },
    onClaim: (isClaimed) => {
      if (admitted === null) return;
      if (admitted.queue !== current.queue) limits.leave(isClaimed ? current.queue : admitted.queue);
      if (!isClaimed && isEvent && followed === 0) limits.leave('continued');
      if (isClaimed) [current, followed] = [admitted, followed + 1];
      admitted = null;
    },
    within: ({ step, shipment }, work) => follow({ priority: priorityOfMessage(shipment, step) }, work),
    onEnded,
    end: () => {
      if (isEvent && followed > 0) limits.leave('continued');
      limits.leave(current.queue);
    },
  };
}
