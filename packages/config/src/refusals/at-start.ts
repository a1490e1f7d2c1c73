import { ProcessError } from '@keycourier/runtime/errors';
import { smtpUrl } from '@keycourier/runtime/service-url';

import { refusals } from '../refusals.ts';
import type { SecretUse } from '../secret-uses.ts';
import { placeOf, resolveSecret } from '../secrets.ts';
import { twice } from './duplicates.ts';
import { checkExposure } from './exposed-file.ts';
import { secretValueProblems } from './secret-values.ts';
import { mayMailPlainly } from './urls.ts';

/** Why a value cannot be used for what it is for; null where it can. Never quotes the value. */
export type Judge = (use: SecretUse, value: string) => string | null;

export interface SecretNeeds {
  uses: readonly SecretUse[];
  environment: Readonly<Record<string, string | undefined>>;
  /** Judges what this package cannot read: private keys. */
  judge?: Judge | undefined;
}

/** Files of keys, by the variable that names each. */
export interface FileNeeds {
  files: readonly { variable: string; path: string }[];
  mode: string;
}

/**
 * Everything that a process would refuse at its start about the secrets and key files that it needs, all at once; what
 * other processes need is not looked at. `others` are problems that this package cannot see. `doctor` prints the same
 * sentences.
 * @throws ProcessError `bad_config`, naming tenant, key and variable or file, and never a value
 */
export async function refuseAtStart(
  needs: SecretNeeds & Pick<FileNeeds, 'files'> & { others?: readonly string[] },
): Promise<void> {
  const mode = modeOf(needs.environment);
  const problems = [
    ...(needs.others ?? []),
    ...(await secretProblems(needs)),
    ...(await fileProblems({ files: needs.files, mode })),
  ];
  if (problems.length > 0)
    throw new ProcessError(
      'bad_config',
      `The settings cannot be used:\n${problems.map((one) => `✖ ${one}`).join('\n')}`,
    );
}

const modeOf = (environment: SecretNeeds['environment']): string => environment['KEYCOURIER_MODE'] || 'production';

export async function secretProblems({ uses, environment, judge }: SecretNeeds): Promise<string[]> {
  const read = await Promise.all(uses.map(async (use) => readUse(use, { environment, judge })));
  const hooks = read.flatMap(({ use, value }) => (use.kind === 'hook' && value !== null ? [{ use, value }] : []));
  const same = twice(hooks, ({ value }) => value).map(([index, other]) => {
    const [one, first] = [hooks[index], hooks[other]];
    return `${nameOf(one?.use)}: ${refusals.secretTwice(nameOf(first?.use))}`;
  });
  return [...read.flatMap(({ problems }) => problems), ...same];
}

const nameOf = (use: SecretUse | undefined): string =>
  use?.tenant === null ? use.key : `tenants.${use?.tenant ?? ''}.${use?.key ?? ''}`;

interface ReadUse {
  use: SecretUse;
  value: string | null;
  problems: string[];
}

async function readUse(use: SecretUse, { environment, judge }: Omit<SecretNeeds, 'uses'>): Promise<ReadUse> {
  const mode = modeOf(environment);
  const named = (problems: readonly string[]): string[] => problems.map((problem) => `${nameOf(use)}: ${problem}`);
  try {
    const value = await resolveSecret(use.reference, environment);
    const place = placeOf(use.reference);
    const unusable = judge?.(use, value) ?? null;
    const problems = [
      ...secretValueProblems(value, { kind: use.kind, place, mode }),
      ...(use.kind === 'smtp-url' ? smtpProblems(use, value, mode) : []),
      ...(unusable === null ? [] : [`${place} ${unusable}`]),
      ...('file' in use.reference && mode !== 'local' ? await checkExposure(use.reference.file, { secret: true }) : []),
    ];
    return { use, value, problems: named(problems) };
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error;
    return { use, value: null, problems: named([error.message]) };
  }
}

function smtpProblems({ reference, plain }: SecretUse, value: string, mode: string): string[] {
  const url = smtpUrl.safeParse(value);
  if (!url.success) return url.error.issues.map(({ message }) => `${placeOf(reference)} ${message}`);
  const isPlain = plain === true && url.data.startsWith('smtp:') && !mayMailPlainly(new URL(url.data).hostname, mode);
  return isPlain ? [`with mail.plain, it ${refusals.plainMail()}`] : [];
}

/** Of files that other users can read or change. A missing one is left to the code that reads it. */
export async function fileProblems({ files, mode }: FileNeeds): Promise<string[]> {
  if (mode === 'local') return [];
  const found = await Promise.all(
    files.map(async ({ variable, path }) =>
      (await checkExposure(path, { secret: true })).map((problem) => `${variable}: ${problem}`),
    ),
  );
  return found.flat();
}
