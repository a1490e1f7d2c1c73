/** Writes one line. */
export type WriteLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface FloodLimits {
  windowMs: number;
  /** Lines of one subject in a window. */
  perSubject: number;
  /** Lines of all subjects together. */
  perWindow: number;
  /** Subjects that are counted by themselves; the others are counted together. */
  maxSubjects: number;
}

export const standardFloodLimits: FloodLimits = { windowMs: 60_000, perSubject: 10, perWindow: 120, maxSubjects: 100 };

export interface FloodLog {
  /** `subject` identifies who causes the lines; `details` differ from line to line and are left out of counts. */
  write: (line: Line) => void;
  /** Writes the counts of this window now. */
  close: () => void;
}

interface Line {
  subject: Readonly<Record<string, unknown>>;
  details: Readonly<Record<string, unknown>>;
  message: string;
}

interface Count {
  written: number;
  suppressed: number;
  line: Line;
}

/**
 * One line for each thing that happens, until too many do: from then on they are counted, and each window ends with one
 * line a subject. A flood of requests must neither fill a disk nor hide what else is logged.
 */
export function createFloodLog(write: WriteLine, limits: FloodLimits = standardFloodLimits): FloodLog {
  let timer: NodeJS.Timeout | null = null;
  let subjects = new Map<string, Count>();
  let written = 0;
  let uncounted = 0;

  const close = (): void => {
    if (timer !== null) clearTimeout(timer);
    const [ended, others] = [subjects, uncounted];
    [timer, subjects, written, uncounted] = [null, new Map(), 0, 0];
    for (const { suppressed, line } of ended.values())
      if (suppressed > 0) write({ ...line.subject, count: suppressed }, `${line.message}, more of the same`);
    if (others > 0) write({ count: others }, 'requests of further callers, not counted apart');
  };
  const countOf = (line: Line): Count | null => {
    const key = `${line.message} ${JSON.stringify(line.subject)}`;
    const known = subjects.get(key);
    if (known !== undefined) return known;
    if (subjects.size >= limits.maxSubjects) return null;
    const fresh = { written: 0, suppressed: 0, line };
    subjects.set(key, fresh);
    return fresh;
  };

  return {
    write: (line) => {
      // A timer of its own would keep a process alive that stops.
      timer ??= setTimeout(close, limits.windowMs).unref();
      const count = countOf(line);
      if (count === null) uncounted++;
      else if (count.written >= limits.perSubject || written >= limits.perWindow) count.suppressed++;
      else {
        count.written++;
        written++;
        write({ ...line.subject, ...line.details }, line.message);
      }
    },
    close,
  };
}
