import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findBinaries } from '../embedded-postgres/binaries.ts';
import { openCluster } from '../embedded-postgres/cluster.ts';
import { findServerUser } from '../embedded-postgres/server-user.ts';

/** Names a folder with a cluster that no server has run on; not set where none can be copied. */
export const clusterTemplateVariable = 'KEYCOURIER_TEST_CLUSTER_TEMPLATE';

const run = promisify(execFile);

/**
 * Makes the cluster of `dataDir`, and keeps a copy that is as new. Each stack of a test has a server of its own, and initdb
 * takes half a second of processor time, a copy a tenth. Without the `cp` of Unix, which keeps owners and modes, there is none.
 */
export async function makeClusterTemplate(dataDir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const user = await findServerUser(dataDir);
  const binaries = await findBinaries(dataDir, user);
  await openCluster({ dataDir, home: dataDir, binaries, user, throwaway: true });
  const template = join(dataDir, 'template');
  await copyCluster(join(dataDir, 'cluster'), template);
  process.env[clusterTemplateVariable] = template;
}

/** Puts a copy of the run's cluster where a stack on `dataDir` would make its own; none where the run has no such cluster. */
export async function placeCluster(dataDir: string): Promise<void> {
  const template = process.env[clusterTemplateVariable];
  if (template === undefined) return;
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await copyCluster(template, join(dataDir, 'postgres', 'cluster'));
}

const copyCluster = (from: string, to: string): Promise<unknown> => run('cp', ['-a', from, to]);
