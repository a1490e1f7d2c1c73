import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The Node of the container image (infra/Dockerfile), which CI tests on, too; null where it cannot be installed. */
export async function installNode24(): Promise<string | null> {
  const installer = fileURLToPath(new URL('../../../../.ci/install-node', import.meta.url));
  const installed = await promisify(execFile)(installer, ['24'], { timeout: 120_000 }).catch(() => null);
  return installed === null ? null : `${installed.stdout.trim()}/node`;
}
