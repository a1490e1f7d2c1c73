import { stat } from 'node:fs/promises';

import { checkExposure } from '@keycourier/config/refusals/exposed-file';

import { green, red, type Finding } from './finding.ts';

/** Whether a file of secrets exists and only its owner can read and change it, by the rules of the processes' start. */
export async function checkFile(path: string, mode: string | undefined): Promise<Finding> {
  const found = await stat(path).catch(() => null);
  if (found === null) return red(`${path} does not exist or is not accessible`, 'create it, or set another path');
  if (!found.isFile()) return red(`${path} is not a file`, 'put the file there');
  const problems = mode === 'local' ? [] : await checkExposure(path, { secret: true });
  if (problems.length > 0) return red(problems.join('; '), `chmod 600 ${path}, and chmod go-w the folders above it`);
  return green(`${path} exists, readable by its owner only`);
}
