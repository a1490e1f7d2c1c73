import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  makeOperator,
  operatorName,
  parseOperatorRows,
  writeOperatorRows,
  type OperatorRow,
} from '@keycourier/config/key-files/operators';
import { ProcessError } from '@keycourier/runtime/errors';

import { printResult, type Cli } from '../cli.ts';
import { findSetup } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { confirm } from '../output/confirm.ts';
import { withNewFile } from '../output/new-file.ts';
import { replaceFile } from '../output/replace-file.ts';

interface OperatorsFile {
  path: string;
  /** Null if there is no file yet. */
  rows: readonly OperatorRow[] | null;
}

const restart = 'Restart the console for it to take effect.';

export async function listOperators(cli: Cli): Promise<void> {
  const { path, rows } = await readOperators(cli);
  const users = (rows ?? []).map(({ user }) => user);
  printResult(cli, { file: path, users }, () => (users.length === 0 ? 'No operators.' : users.join('\n')));
}

/** Adds an operator, or gives an existing one a new password, which is printed this once. @throws CliError */
export async function setOperator(
  cli: Cli,
  name: string,
  { isNew, ...grants }: { isNew: boolean } & Partial<Pick<OperatorRow, 'role' | 'tenants' | 'login' | 'breakGlass'>>,
): Promise<void> {
  const user = readName(name);
  const { path, rows } = await readOperators(cli);
  const exists = rows?.some((row) => row.user === user) === true;
  if (isNew && exists)
    throw new CliError('usage', `There is an operator ${user}: use operators password for a new password`);
  if (!isNew && !exists) throw new CliError('usage', `There is no operator ${user} in ${path}`);
  const { row, password } = await makeOperator(user);
  const [others, before] = [rows?.filter((one) => one.user !== user) ?? [], rows?.find((one) => one.user === user)];
  const text = writeOperatorRows([...others, { ...before, ...grants, madeBy: undefined, ...row }]);
  if (rows === null) await withNewFile(path, (file) => file.writeFile(text));
  else await replaceFile(path, text);
  printResult(cli, { user, password, file: path }, () => password);
  cli.terminal.err(`This is the password of ${user}; it is printed only this once. ${restart}`);
}

/** @throws CliError */
export async function removeOperator(cli: Cli, name: string): Promise<void> {
  const user = readName(name);
  const { path, rows } = await readOperators(cli);
  const kept = rows?.filter((row) => row.user !== user) ?? [];
  if (kept.length === (rows?.length ?? 0)) throw new CliError('usage', `There is no operator ${user} in ${path}`);
  if (kept.length === 0) throw new CliError('usage', 'The console needs one operator: add another first');
  await confirm(cli, `${user} can no longer sign in once the console has restarted.`);
  await replaceFile(path, writeOperatorRows(kept));
  printResult(cli, { user, removed: true, file: path }, () => `${user} is removed. ${restart}`);
}

function readName(name: string): string {
  const parsed = operatorName.safeParse(name.trim().toLowerCase());
  if (!parsed.success) throw new CliError('usage', parsed.error.issues[0]?.message ?? 'The user name is not usable');
  return parsed.data;
}

async function readOperators(cli: Cli): Promise<OperatorsFile> {
  const { dataDir, environment } = await findSetup(cli.environment);
  const path = environment['CONSOLE_OPERATORS_FILE'] || join(dataDir, 'keys', 'operators.json');
  try {
    return { path, rows: parseOperatorRows(await readFile(path, 'utf8')) };
  } catch (cause) {
    if (cause instanceof ProcessError) throw new CliError('usage', `${path}: ${cause.message}`, { cause });
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { path, rows: null };
    throw new CliError('file_unreadable', `${path} cannot be read (CONSOLE_OPERATORS_FILE)`, { cause });
  }
}
