import {
  changesFromNow,
  readChangesSince,
  type ChangePosition,
  type Changes,
} from '@keycourier/ledger/live/read-changes';
import type { Tables } from '@keycourier/ledger/tables';
import type { Kysely } from 'kysely';

/** One open page. */
export interface LiveStream {
  tenant: string;
  /** The id of the session: the stream ends soon after it does. */
  session: string;
  /** The ids of shipments that changed, and of their batches; null where any may have. */
  changed: (ids: readonly string[] | null) => void;
  end: () => void;
}

export interface LiveHub {
  /** Null where as many streams are open as are allowed. @returns removes the stream */
  add: (stream: LiveStream) => (() => void) | null;
  /** Ends all streams, so that the server can stop. */
  close: () => void;
}

const everyMs = 1_000;
/** After so many looks at which nothing had changed, the next ones are this far apart. */
const quietLooks = 3;
const quietEveryMs = 2_000;
const maxStreams = 2_000;
const checkEveryMs = 5_000;

export interface LiveHubOptions {
  onError: (error: unknown) => void;
  /** Of these ids, those whose session has not ended. */
  openSessions: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
}

/**
 * One reader of changes for all streams of this process: it reads once a second while a stream is open, half as often where
 * nothing changes, and nothing otherwise. It costs the ledger's writers nothing: they notify no console. One query in five seconds finds the streams
 * whose session has ended.
 */
export function createLiveHub(db: Kysely<Tables>, { onError, openSessions }: LiveHubOptions): LiveHub {
  const streams = new Set<LiveStream>();
  const unread = new Set<LiveStream>();
  const reader = createReader(db, onError, (changes) => {
    for (const stream of streams) {
      if (unread.delete(stream)) stream.changed(null);
      else report(stream, changes);
    }
    return streams.size > 0;
  });
  const endStreams = async (): Promise<void> => {
    const checked = [...streams];
    if (checked.length === 0) return;
    const open = await openSessions([...new Set(checked.map(({ session }) => session))]);
    for (const stream of checked) if (!open.has(stream.session)) stream.end();
  };
  const checks = setInterval(() => void endStreams().catch(onError), checkEveryMs).unref();
  return {
    add: (stream) => {
      if (streams.size >= maxStreams) return null;
      streams.add(stream);
      // Something may have changed after the page was rendered and before its stream was open: it is read once more.
      unread.add(stream);
      reader.start();
      return () => {
        streams.delete(stream);
        unread.delete(stream);
      };
    },
    close: () => {
      clearInterval(checks);
      for (const stream of streams) stream.end();
      streams.clear();
      reader.stop();
    },
  };
}

/** Reads until `onChanges` returns false; begins with what changes after its start. */
function createReader(
  db: Kysely<Tables>,
  onError: (error: unknown) => void,
  onChanges: (changes: Changes | null) => boolean,
): { start: () => void; stop: () => void } {
  let position: ChangePosition | null = null;
  let timer: NodeJS.Timeout | null = null;
  let looksInVain = 0;
  const read = async (): Promise<Changes | null> => {
    const now = new Date();
    const changes = position === null ? null : await readChangesSince(db, position, now);
    position = changes?.position ?? (await changesFromNow(db, now));
    looksInVain = changes?.changed.length === 0 ? looksInVain + 1 : 0;
    return changes;
  };
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    [timer, position] = [null, null];
  };
  const readLater = (): void => {
    timer = setTimeout(
      () => {
        void read()
          .catch(onError)
          .then((changes) => {
            if (timer !== null && onChanges(changes ?? null)) readLater();
            else stop();
          });
      },
      looksInVain < quietLooks ? everyMs : quietEveryMs,
    );
  };
  return {
    start: () => {
      looksInVain = 0;
      if (timer === null) readLater();
    },
    stop,
  };
}

function report(stream: LiveStream, changes: Changes | null): void {
  if (changes === null) return;
  if (changes.isMore) {
    stream.changed(null);
    return;
  }
  const own = changes.changed.filter(({ tenant }) => tenant === stream.tenant);
  const batches = new Set(own.flatMap(({ batchId }) => batchId ?? []));
  if (own.length > 0) stream.changed([...own.map(({ shipmentId }) => shipmentId), ...batches]);
}
