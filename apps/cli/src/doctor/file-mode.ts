import { stat } from 'node:fs/promises';

import { green, red, yellow, type Finding } from './finding.ts';

/** Whether a file of secrets exists and only its owner can read it. */
export async function checkMode(path: string): Promise<Finding> {
  const found = await stat(path).catch(() => null);
  if (found === null) return red(`${path} does not exist or is not accessible`, 'create it, or set another path');
  if (!found.isFile()) return red(`${path} is not a file`, 'put the file there');
  if (process.platform === 'win32') return green(`${path} exists`);
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  if ((found.mode & 0o007) !== 0) return red(`${path} is readable by all users (${mode})`, `chmod 600 ${path}`);
  // Kubernetes mounts secrets readable by the group.
  if ((found.mode & 0o070) !== 0) return yellow(`${path} is readable by its group (${mode})`, `chmod 600 ${path}`);
  return green(`${path} exists, readable by its owner only`);
}
