import { rm, writeFile } from 'node:fs/promises';

import { InvalidArgumentError, Option, type Command } from 'commander';
import { z } from 'zod';

import { at } from '../api/client.ts';
import { apiKeyList, newApiKey, type ApiKey } from '../api/shapes.ts';
import { answer, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { clean } from '../output/clean.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { wholeNumber } from './fields.ts';

const scopes = ['read', 'write', 'operator'];

function scopeList(text: string): readonly string[] {
  const given = text.split(',').map((scope) => scope.trim());
  if (given.every((scope) => scopes.includes(scope))) return given;
  throw new InvalidArgumentError(`It must be a list of ${scopes.join(', ')}.`);
}

interface CreateOptions {
  scopes: readonly string[];
  requestsPerMinute?: number;
  file?: string;
}

interface RotateOptions {
  graceHours?: number;
  file?: string;
}

/** The API keys of the tenant. */
export function addKeys(program: Command, cli: Cli): void {
  const keys = program.command('keys').description('makes, lists, rotates and revokes API keys');
  keys
    .command('list', { isDefault: true })
    .description('all keys of the tenant; a key itself is never shown again')
    .action(async () => {
      const api = await cli.api();
      const listed = await api.ask(apiKeyList, { method: 'GET', path: '/v1/keys' });
      answer(cli, listed, () => draw(cli.terminal, listed.items));
    });
  addCreate(keys, cli);
  addRotate(keys, cli);
  keys
    .command('revoke')
    .description('lets nobody in with this key any more')
    .argument('<id>', 'the key')
    .action(async (id: string) => {
      const api = await cli.api();
      await api.ask(z.unknown(), { method: 'DELETE', path: at`/v1/keys/${id}` });
      answer(cli, { id, revoked: true }, () => `${clean(id)} is revoked.`);
    });
}

const file = (): Option => new Option('--file <path>', 'write the key to a new file (0600) instead of showing it');

function addCreate(keys: Command, cli: Cli): void {
  keys
    .command('create')
    .description('makes a key, and shows it this once')
    .argument('<name>', 'what it is for')
    .option('--scopes <list>', 'what it may do, such as read,write,operator', scopeList, ['read'])
    .option('--requests-per-minute <count>', 'another limit than the standard one', wholeNumber(1, 1_000_000))
    .addOption(file())
    .action((name: string, { scopes: given, requestsPerMinute, file: path }: CreateOptions) => {
      const limit = requestsPerMinute === undefined ? {} : { requestsPerMinute };
      return make(cli, { path: '/v1/keys', json: { name, scopes: given, ...limit } }, path);
    });
}

function addRotate(keys: Command, cli: Cli): void {
  keys
    .command('rotate')
    .description('gives a key a fresh secret, and shows it this once')
    .argument('<id>', 'the key')
    .option('--grace-hours <hours>', 'how long the former secret is still taken (24 unless told)', wholeNumber(0, 720))
    .addOption(file())
    .action((id: string, { graceHours, file: path }: RotateOptions) => {
      const json = graceHours === undefined ? {} : { json: { graceHours } };
      return make(cli, { path: at`/v1/keys/${id}/rotate`, ...json }, path);
    });
}

async function make(cli: Cli, request: { path: string; json?: unknown }, path: string | undefined): Promise<void> {
  const api = await cli.api();
  const ask = () => api.ask(newApiKey, { method: 'POST', ...request });
  const { key, ...made } = path === undefined ? await ask() : await keptIn(path, ask);
  const head = clean(`${made.id} "${made.name ?? ''}" (${made.scopes.join(', ')})`);
  if (path !== undefined) return answer(cli, { ...made, file: path }, () => `${head} is in ${path}.`);
  answer(cli, { ...made, key }, () => `${head}\n${clean(key)}`);
  cli.terminal.err(cli.terminal.paint.yellow('Keep it now: it is not shown again.'));
}

/** The file is made first: a key that could not be written would be lost. */
async function keptIn<Made extends { key: string }>(path: string, ask: () => Promise<Made>): Promise<Made> {
  await writeFile(path, '', { mode: 0o600, flag: 'wx' }).catch((cause: unknown) => {
    throw new CliError('usage', `${path} cannot be made, or is there already`, { cause });
  });
  try {
    const made = await ask();
    await writeFile(path, `${made.key}\n`);
    return made;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function draw(terminal: Terminal, items: readonly ApiKey[]): string {
  if (items.length === 0) return 'There are no keys.';
  const { paint } = terminal;
  const dayOf = (time: string | null): string => time?.slice(0, 10) ?? '';
  return table(
    terminal,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'NAME', of: ({ name }) => name ?? '' },
      { title: 'SCOPES', of: (key) => key.scopes.join(',') },
      { title: 'CREATED', of: ({ createdAt }) => dayOf(createdAt) },
      {
        title: 'STATE',
        of: stateOf,
        paint: (text) => (text.startsWith('active') ? paint.green(text) : paint.dim(text)),
      },
    ],
    items,
  );
}

function stateOf({ revokedAt, formerUntil }: ApiKey): string {
  if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 10)}`;
  return formerUntil === null
    ? 'active'
    : `active; the secret before, until ${formerUntil.slice(0, 16).replace('T', ' ')}`;
}
