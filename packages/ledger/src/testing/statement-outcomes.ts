import pg from 'pg';
import { z } from 'zod';

/** Each message is one Query, which its connection submits: a statement, or several. */
const statements = pg.Query.prototype;

const statement = z.looseObject({ text: z.string(), before: z.array(z.object({ text: z.string() })).default([]) });

type Submit = typeof statements.submit;

/** It is sent, or its connection is lost before it is sent or after it has run. */
export type StatementOutcome = 'sent' | 'lost_before' | 'lost_after';

/**
 * Runs work while each message of this process has its outcome, by its number from 1 on, the text of its last statement, and the texts
 * in front of that.
 * @returns how many there were
 */
export async function withOutcomes(
  outcomeOf: (number: number, text: string, before: readonly string[]) => StatementOutcome,
  work: () => Promise<unknown>,
): Promise<number> {
  const { submit } = statements;
  let count = 0;
  statements.submit = function (connection): ReturnType<Submit> {
    count += 1;
    const { text, before } = statement.parse(this);
    const outcome = outcomeOf(
      count,
      text,
      before.map((one) => one.text),
    );
    if (outcome !== 'lost_before') submit.call(this, connection);
    if (outcome === 'lost_before') connection.stream.destroy();
    if (outcome === 'lost_after')
      // The answer is not read.
      connection.stream.removeAllListeners('data').once('data', () => connection.stream.destroy());
  };
  try {
    await work();
    return count;
  } finally {
    statements.submit = submit;
  }
}

/** How many messages every connection of this process sends while `work` runs. */
export const countStatements = (work: () => Promise<unknown>): Promise<number> => withOutcomes(() => 'sent', work);
