import type { ServerResponse } from 'node:http';

export interface HoldLimits {
  /** How long a refusal is held at least. */
  holdMs: number;
  /** How much longer at most, at random: clients that were refused together else come back together, each time. */
  spreadMs: number;
  /** Refusals of a subject that are answered at once, in each minute. */
  promptPerMinute: number;
  /** Held at once, of a subject and in all. */
  perSubject: number;
  inAll: number;
}

/** The one home of these limits (docs/limits.md). */
export const standardHoldLimits: HoldLimits = {
  holdMs: 1_000,
  spreadMs: 500,
  promptPerMinute: 20,
  perSubject: 256,
  inAll: 2_048,
};

/**
 * Answers those who are refused again and again slowly, so that a client that waits for its answers sends no more than
 * one request a second on each of its connections. What is held takes nothing but its connection.
 */
export interface HeldAnswers {
  /**
   * Awaited before the refusal is sent; ends early when the client goes away. Where too many are held, it ends at once and
   * the answer closes its connection. `subject` is a tenant or a network.
   */
  hold: (subject: string, response: ServerResponse) => Promise<void>;
  /** Ends every wait, and those to come at once. */
  close: () => void;
}

/** Counted for so many subjects at once; then all begin anew. */
const maxSubjects = 10_000;
const minuteMs = 60_000;

interface Subject {
  refusals: number;
  held: number;
}

export function createHeldAnswers(
  limits: HoldLimits = standardHoldLimits,
  random: () => number = Math.random,
): HeldAnswers {
  const waits = new Set<() => void>();
  let isClosed = false;
  const count = createCounts();
  let inAll = 0;
  return {
    hold: async (name, response) => {
      const subject = count(name);
      subject.refusals += 1;
      if (subject.refusals <= limits.promptPerMinute || isClosed) return;
      if (subject.held >= limits.perSubject || inAll >= limits.inAll) {
        response.setHeader('connection', 'close');
        return;
      }
      subject.held += 1;
      inAll += 1;
      await waitFor(limits.holdMs + random() * limits.spreadMs, response, waits);
      subject.held -= 1;
      inAll -= 1;
    },
    close: () => {
      isClosed = true;
      for (const end of waits) end();
    },
  };
}

/** The counts of refusals begin anew each minute; what is held is counted on. */
function createCounts(): (name: string) => Subject {
  let [subjects, endsAtMs] = [new Map<string, Subject>(), 0];
  return (name) => {
    if (performance.now() >= endsAtMs || subjects.size >= maxSubjects) {
      endsAtMs = performance.now() + minuteMs;
      const held = [...subjects].filter(([, subject]) => subject.held > 0);
      for (const [, subject] of held) subject.refusals = 0;
      subjects = new Map(held);
    }
    const subject = subjects.get(name) ?? { refusals: 0, held: 0 };
    subjects.set(name, subject);
    return subject;
  };
}

/** By one callback: rejected promises with their stacks cost more than all else of a refusal that is not waited for. */
async function waitFor(holdMs: number, response: ServerResponse, waits: Set<() => void>): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      response.off('close', end);
      waits.delete(end);
      resolve();
    };
    const timer = setTimeout(end, holdMs).unref();
    response.once('close', end);
    waits.add(end);
  });
}
