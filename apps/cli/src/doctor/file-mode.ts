import { stat } from 'node:fs/promises';

import { green, red, yellow, type Finding } from './finding.ts';

/** Whether a file of secrets is there and is its owner's alone. */
export async function checkMode(path: string): Promise<Finding> {
  const found = await stat(path).catch(() => null);
  if (found === null) return red(`${path} is not there, or not for us to see`, 'make it, or name another file');
  if (!found.isFile()) return red(`${path} is not a file`, 'put the file there');
  if (process.platform === 'win32') return green(`${path} is there`);
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  if ((found.mode & 0o007) !== 0) return red(`${path} can be read by everybody here (${mode})`, `chmod 600 ${path}`);
  // A secret that Kubernetes mounts is its group's too.
  if ((found.mode & 0o070) !== 0) return yellow(`${path} can be read by its group (${mode})`, `chmod 600 ${path}`);
  return green(`${path} is there, for its owner alone`);
}
