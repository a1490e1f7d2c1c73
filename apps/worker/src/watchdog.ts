import type { RoomQueue } from '@keycourier/queues/backend';
import type { Room } from '@keycourier/queues/job';

const checkEveryMs = 10_000;

/**
 * A worker can fall silent after a long outage of its store without an error (BullMQ's history has several such bugs).
 * When jobs wait, none is being run, and nothing has ended for `silentMs`, `onSilent` is to put a new one in its place.
 */
export function startWatchdog(options: {
  queues: ReadonlyMap<Room, RoomQueue>;
  silentMs: number;
  lastSign: (room: Room) => number;
  onSilent: (room: Room) => Promise<void>;
  onError: (error: unknown) => void;
}): { close: () => void } {
  const check = async (): Promise<void> => {
    for (const [room, queue] of options.queues) {
      if (Date.now() - options.lastSign(room) < options.silentMs) continue;
      const { waiting, active } = await queue.load();
      if (waiting > 0 && active === 0) await options.onSilent(room);
    }
  };
  const timer = setInterval(() => void check().catch(options.onError), checkEveryMs);
  return { close: () => clearInterval(timer) };
}
