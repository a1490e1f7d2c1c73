import { rowsOfThoseBefore, withCommitMark, withNextMark } from '@keycourier/runtime/postgres-with-next';
import { RawNode, type KyselyPlugin, type RawBuilder, type RootOperationNode } from 'kysely';

import type { Database, Tx } from './connect-ledger.ts';

/**
 * A transaction of its own, whose work ends with a function that runs its last statement: `commit` is sent in one message with
 * it. So nothing can be decided on what that one returns, and nothing follows it. A function that runs none commits what was done before.
 */
export const commitWithLast = <Result>(
  db: Database,
  work: (tx: Tx) => Promise<(last: Database) => Promise<Result>>,
): Promise<Result> =>
  db.transaction().execute(async (tx) => {
    const runLast = await work(tx);
    return runLast(tx.withPlugin(withCommit));
  });

/** Of a statement that is written as SQL; any other is a message of its own, as its commit is. */
const marking = (mark: string): KyselyPlugin => ({
  transformQuery: ({ node }) => (RawNode.is(node) ? inFrontOf(node, mark) : node),
  transformResult: async ({ result }) => result,
});
const withCommit = marking(withCommitMark);
const withNext = marking(withNextMark);

function inFrontOf({ sqlFragments: [first = '', ...others], parameters }: RawNode, mark: string): RootOperationNode {
  return RawNode.create([`${mark}${first}`, ...others], parameters);
}

/**
 * Statements of a transaction in one message with the one that `run` runs. Each sees what was committed before it began.
 * @returns the rows of the last one, and those of each before it
 */
export async function sendTogether<Row>(
  tx: Tx,
  before: readonly RawBuilder<unknown>[],
  run: () => Promise<{ rows: Row[] }>,
): Promise<{ rows: readonly Row[]; before: readonly (readonly unknown[])[] }> {
  for (const one of before) await one.execute(tx.withPlugin(withNext));
  const { rows } = await run();
  return { rows, before: before.length === 0 ? [] : rowsOfThoseBefore(rows).slice(-before.length) };
}
