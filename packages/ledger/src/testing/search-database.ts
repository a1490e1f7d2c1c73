import pg from 'pg';

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const ownTables = `
  select relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema') order by relname`;

/** Every row of the given tables, of all by default, as text and in the order of the text: two dumps are equal if nothing has changed. */
export const dumpTables = (url: string, tables?: readonly string[]): Promise<Readonly<Record<string, string[]>>> =>
  withClient(url, async (client) => {
    const names = tables ?? (await client.query<{ name: string }>(ownTables)).rows.map(({ name }) => name);
    const dump: Record<string, string[]> = {};
    for (const name of names) {
      const table = pg.escapeIdentifier(name);
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${table} t order by 1`);
      dump[name] = rows.map(({ text }) => text);
    }
    return dump;
  });

/** Relations whose files have the text, in deleted rows, indexes and out-of-line values, too, as far as they are not compressed. */
export const relationsWith = (url: string, needle: string): Promise<readonly string[]> =>
  withClient(url, async (client) => {
    await client.query('checkpoint');
    const { rows } = await client.query<{ name: string; bytes: Buffer }>(`
      select relname as name, pg_read_binary_file(pg_relation_filepath(oid)) as bytes from pg_class
      where relkind in ('r', 'i', 't') and relfilenode <> 0 and pg_relation_size(oid) > 0`);
    return rows.filter(({ bytes }) => bytes.includes(needle)).map(({ name }) => name);
  });
