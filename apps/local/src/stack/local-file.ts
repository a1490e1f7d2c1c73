import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The content of local.json: the addresses of a running stack and the credentials of its first tenant. */
export interface LocalFile {
  tenant: string;
  receiver: string;
  api: string;
  console: string;
  /** With the path of the connection that is ready for use. */
  scim: string;
  inbox: string;
  oktaSimulator: string;
  fulfillmentSimulator: string;
  hookSecret: string;
  apiKey: string;
  scimToken: string;
  oktaToken: string;
  /** The hub of the tenant, where it has one. */
  hub?: { url: string; token: string };
  operator: { user: string; password: string };
}

const pathIn = (dataDir: string): string => join(dataDir, 'local.json');

export async function writeLocalFile(dataDir: string, local: LocalFile): Promise<void> {
  const path = pathIn(dataDir);
  await writeFile(path, `${JSON.stringify(local, null, 2)}\n`, { mode: 0o600 });
  // The mode of writeFile applies to new files only.
  await chmod(path, 0o600);
}

export const removeLocalFile = (dataDir: string): Promise<void> => rm(pathIn(dataDir), { force: true });
