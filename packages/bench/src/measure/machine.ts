import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';

import pg from 'pg';

/** What the figures were measured on. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  postgres: string;
  redis: string;
}

/** The versions of the stores are asked from the servers that the bench starts. */
export async function describeMachine(stores: { postgres: string; redis: string }): Promise<Machine> {
  const all = cpus();
  const distribution = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 1_073_741_824),
    system: `${/^PRETTY_NAME="?([^"\n]*)/m.exec(distribution)?.[1] ?? 'Linux'}, kernel ${release()}`,
    node: process.version,
    ...stores,
  };
}

export async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}
