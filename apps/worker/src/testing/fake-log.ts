import type { LogPage, LogPosition, SystemLog } from '@keycourier/connectors/okta/system-log';
import { ConnectorError } from '@keycourier/journey/ports/errors';

interface Logged {
  event: unknown;
  loggedAtMs: number;
}

/** An org's System Log in memory, as its polling queries show it. */
export interface FakeLog extends SystemLog {
  /** Logs events now, or at another time: in this order. */
  add: (events: readonly unknown[], at?: Date) => void;
  /** Logs an event before others that were read: it was late. */
  addBefore: (event: unknown, at: Date) => void;
  calls: { position: LogPosition; atMs: number }[];
  /** Before each page is answered; a throw is the answer. */
  before: (position: LogPosition) => Promise<void> | void;
  /** Changes an answer. */
  change: (page: LogPage) => LogPage;
}

/** @param pageSize at most so many events in a page, however many are requested */
export function fakeLog(options: { now: () => Date; pageSize?: number }): FakeLog {
  const { now, pageSize = 1_000 } = options;
  const logged: Logged[] = [];
  const log: FakeLog = {
    calls: [],
    before: () => undefined,
    change: (page) => page,
    add: (events, at = now()) => logged.push(...events.map((event) => ({ event, loggedAtMs: at.getTime() }))),
    addBefore: (event, at) => {
      const index = logged.findIndex(({ loggedAtMs }) => loggedAtMs > at.getTime());
      logged.splice(index < 0 ? logged.length : index, 0, { event, loggedAtMs: at.getTime() });
      // Cursors count events: those that were handed out are behind the late event.
      shift += 1;
    },
    readPage: async (_tenant, position) => {
      log.calls.push({ position, atMs: now().getTime() });
      await log.before(position);
      const start = 'link' in position ? Number(position.link) + shift : firstSince(logged, position.since);
      const limit = Math.min(pageSize, 'limit' in position ? position.limit : pageSize);
      const events = logged.slice(start, start + limit).map(({ event }) => event);
      return log.change({
        events,
        isEnd: events.length === 0,
        next: { link: String(start + events.length - shift) },
        servedAt: now(),
        rateLimit: null,
      });
    },
  };
  let shift = 0;
  return log;
}

function firstSince(logged: readonly Logged[], since: Date): number {
  const index = logged.findIndex(({ loggedAtMs }) => loggedAtMs >= since.getTime());
  return index < 0 ? logged.length : index;
}

export const okta = (fault: ConnectorError['fault'], details: ConstructorParameters<typeof ConnectorError>[2] = {}) =>
  new ConnectorError({ service: 'okta', fault }, `okta readLog: ${fault}`, details);
