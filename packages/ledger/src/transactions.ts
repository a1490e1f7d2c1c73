import { withCommitMark } from '@keycourier/runtime/postgres-with-next';
import { RawNode, type KyselyPlugin, type RootOperationNode } from 'kysely';

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

/** Of a statement that is written as SQL; any other is sent without its commit. */
const withCommit: KyselyPlugin = {
  transformQuery: ({ node }) => (RawNode.is(node) ? inFrontOf(node, withCommitMark) : node),
  transformResult: async ({ result }) => result,
};

function inFrontOf({ sqlFragments: [first = '', ...others], parameters }: RawNode, mark: string): RootOperationNode {
  return RawNode.create([`${mark}${first}`, ...others], parameters);
}
