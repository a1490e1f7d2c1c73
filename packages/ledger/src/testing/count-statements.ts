import pg from 'pg';

/** How many statements every connection of this process sends while `work` runs. */
export async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const { submit } = statements;
  let count = 0;
  statements.submit = function (connection) {
    count += 1;
    return submit.call(this, connection);
  };
  try {
    await work();
    return count;
  } finally {
    statements.submit = submit;
  }
}

/** Each statement is one Query, which its connection submits. */
const statements = pg.Query.prototype;
