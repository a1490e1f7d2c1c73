import pg from 'pg';

/** Runs one statement on its own connection. */
export async function query(
  databaseUrl: string,
  statement: string,
): Promise<{ rows: Record<string, unknown>[]; rowCount: number }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows, rowCount } = await client.query<Record<string, unknown>>(statement);
    return { rows, rowCount: rowCount ?? 0 };
  } finally {
    await client.end();
  }
}
