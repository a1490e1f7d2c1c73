import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const descriptors = '/proc/self/fd';

/** The files of uploads that this process has open, in any thread. Its other files come and go by themselves. */
export async function openUploads(): Promise<string[]> {
  const names = await readdir(descriptors);
  const paths = await Promise.all(names.map((name) => readlink(join(descriptors, name)).catch(() => '')));
  return paths.filter((path) => path.includes('/keycourier-upload-'));
}
