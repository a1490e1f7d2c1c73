import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@keycourier/runtime/testing/free-port';
import { until } from '@keycourier/runtime/testing/until';
import pg from 'pg';

import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';
import { findBinaries } from './embedded-postgres/binaries.ts';
import { isServerOf, readPostmaster } from './embedded-postgres/previous-server.ts';
import { findServerUser } from './embedded-postgres/server-user.ts';
import { makeThrowawayDir, removeThrowawayDir } from './testing/throwaway-dir.ts';

describe('the embedded Postgres', () => {
  let dataDir: string;
  let servers: EmbeddedPostgres[] = [];

  beforeAll(async () => {
    dataDir = await realpath(await makeThrowawayDir());
  });

  afterEach(async () => {
    for (const server of servers) await server.stop();
    servers = [];
  });

  afterAll(() => removeThrowawayDir(dataDir));

  const start = async (options: { dataDir?: string; port?: number } = {}): Promise<EmbeddedPostgres> => {
    const server = await startEmbeddedPostgres({ dataDir, throwaway: true, ...options });
    servers.push(server);
    return server;
  };

  test('keeps its data over a stop and a start, with the same password', async () => {
    const first = await start();
    await first.createDatabase('journey');
    await first.createDatabase('journey');
    await query(first.url('journey'), 'create table parcel as select 7 as id');
    await first.stop();
    await first.stop();

    const second = await start();
    expect(await query(second.url('journey'), 'select id from parcel')).toEqual([{ id: 7 }]);
    expect(new URL(second.url('journey')).password).toBe(new URL(first.url('journey')).password);
  });

  test('keeps its password to its user, and refuses connections without it', async () => {
    const server = await start();
    expect((await stat(join(dataDir, 'cluster', 'password'))).mode & 0o777).toBe(0o600);
    const url = new URL(server.url('postgres'));
    url.password = 'guess';
    await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('listens on loopback only', async () => {
    const server = await start();
    expect(await query(server.url('postgres'), 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(server.url('postgres'), 'show unix_socket_directories')).toEqual([
      { unix_socket_directories: '' },
    ]);
  });

  test('refuses a data dir whose server has a living parent, and leaves that server alone', async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({ code: 'data_dir_in_use' });
    expect(await query(first.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('takes over from a server whose parent is gone', async () => {
    const first = await start();
    await first.stop();
    const data = join(dataDir, 'cluster', 'data');
    const user = await findServerUser(dataDir);
    const { postgres } = await findBinaries(dataDir, user);
    const port = await freePort();
    const orphan = spawn(postgres, ['-D', data, '-c', `port=${port}`, '-c', 'unix_socket_directories='], {
      ...user,
      stdio: 'ignore',
      cwd: data,
    });
    const ended = once(orphan, 'exit');
    while ((await readPostmaster(data))?.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 20));

    const server = await start();
    await ended;
    expect(server.pid).not.toBe(orphan.pid);
    expect(await query(server.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is not delayed by a process number left behind that now belongs to another process', async () => {
    await (await start()).stop();
    const data = join(dataDir, 'cluster', 'data');
    await writeFile(join(data, 'postmaster.pid'), `${process.ppid}\n${data}\n0\n54329\n\n127.0.0.1\n\nready\n`);
    const server = await start();
    expect(await isServerOf(server.pid, data)).toBe(true);
  });

  test('is not delayed by an initdb that was interrupted', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    const fresh = join(dataDir, 'fresh');
    await mkdir(join(fresh, `cluster.${dead.pid}.c0ffee.new`, 'data'), { recursive: true });
    await start({ dataDir: fresh });
    expect(await readdir(fresh)).toEqual(['cluster']);
  });

  test('keeps its ownership when Postgres drops every connection', async () => {
    const server = await start();
    const owners = `pg_stat_activity where application_name = 'keycourier owner'`;
    const ended = await query(server.url('postgres'), `select pid, pg_terminate_backend(pid, 120000) from ${owners}`);
    expect(ended).toEqual([{ pid: expect.any(Number), pg_terminate_backend: true }]);
    // Without an owner for a second and a half, the server would be taken for one that was left behind.
    await until(
      () => query(server.url('postgres'), `select from ${owners}`),
      ({ length }) => length > 0,
    );
    await expect(start()).rejects.toMatchObject({ code: 'data_dir_in_use' });
  });

  test('throws when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start({ port })).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(String(port)),
    });
    other.close();
  });
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
