import { pinCopyCurves, type PinCopyCurve } from '@keycourier/config/key-files/pin-copy-curves';
import { InvalidArgumentError, Option, type Command } from 'commander';

import { at } from '../api/client.ts';
import { apiKey, apiKeyList, newApiKey, revokedKeys, type ApiKey } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { withNewFile } from '../output/new-file.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { parseInteger } from './option-parsers.ts';

const scopes = ['read', 'write', 'addresses', 'operator', 'audit'];

function scopeList(text: string): readonly string[] {
  const list = text.split(',').map((scope) => scope.trim());
  if (list.every((scope) => scopes.includes(scope))) return list;
  throw new InvalidArgumentError(`It must be a comma-separated list of ${scopes.join(', ')}.`);
}

interface CreateOptions {
  owner?: string;
  scopes: readonly string[];
  requestsPerMinute?: number;
  expiresInDays?: number;
  file?: string;
}

interface RotateOptions {
  graceHours?: number;
  file?: string;
}

/** Manages the API keys of the tenant. */
export function addKeys(program: Command, cli: Cli): void {
  const keys = program.command('keys').description('create, list, rotate and revoke API keys');
  keys
    .command('list', { isDefault: true })
    .description('list all keys of the tenant, without the keys themselves')
    .action(async () => {
      const api = await cli.api();
      const listed = await api.request(apiKeyList, { method: 'GET', path: '/v1/keys' });
      printResult(cli, listed, () => draw(cli.terminal, listed.items, cli.now()));
    });
  addCreate(keys, cli);
  addRotate(keys, cli);
  addFileRotations(keys, cli);
  addSetOwner(keys, cli);
  keys
    .command('revoke')
    .description('revoke a key')
    .argument('<id>', 'key id')
    .option('--with-its-keys', 'revoke every key that it made, too, such as those of a thief')
    .action((id: string, options: { withItsKeys?: boolean }) => revoke(cli, id, options.withItsKeys === true));
}

async function revoke(cli: Cli, id: string, withItsKeys: boolean): Promise<void> {
  const api = await cli.api();
  const what = withItsKeys ? 'this key and every key that it made' : 'this key';
  await confirm(cli, `Every request with ${what} is refused from now on: this cannot be undone.`);
  const query = withItsKeys ? { query: { withItsKeys: 'true' } } : {};
  const answer = await api.request(revokedKeys, { method: 'DELETE', path: at`/v1/keys/${id}`, ...query });
  const ids = answer?.revoked ?? [id];
  printResult(cli, { id, revoked: true, keyIds: ids }, () => ids.map((one) => `${clean(one)} is revoked.`).join('\n'));
}

const sealingHelp = `
Edits the file in SEALING_KEYS_FILE (default: keys/sealing.json in the data dir). Each run takes the next step and says
what comes then: add a key, let it seal, remove the former one. All processes restart between the steps. The last one
reads the database (DATABASE_URL).`;

/** Keys in files of the installation, not of the API: they are rotated where the processes run. */
function addFileRotations(keys: Command, cli: Cli): void {
  keys
    .command('rotate-sealing')
    .description('replace the key that encrypts personal data, step by step')
    .addHelpText('after', sealingHelp)
    .action(async () => (await import('../key-files/rotate-sealing.ts')).rotateSealing(cli));
  keys
    .command('rotate-pin-copy')
    .description('add a key for PIN copies and print its public half, for the provider')
    .addOption(new Option('--curve <curve>', 'of the new key (default: as the newest one)').choices(pinCopyCurves))
    .addOption(new Option('--finish', 'remove the former keys').conflicts('curve'))
    .action(async (options: { finish?: boolean; curve?: PinCopyCurve }) =>
      (await import('../key-files/rotate-pin-copy.ts')).rotatePinCopy(cli, options),
    );
}

const file = (): Option => new Option('--file <path>', 'write the key to a new file (mode 0600), do not print it');

function addCreate(keys: Command, cli: Cli): void {
  keys
    .command('create')
    .description('create a key and print it once')
    .argument('<name>', 'a name that describes its use')
    .option('--scopes <list>', 'permissions, such as read,write: read, write, addresses, operator, audit', scopeList, [
      'read',
    ])
    .option('--owner <login>', 'who answers for it, by login at Okta (default: the owner of the key that makes it)')
    .option('--requests-per-minute <count>', 'rate limit of this key', parseInteger(1, 1_000_000))
    .option('--expires-in-days <days>', 'the key stops working after this time', parseInteger(1, 3_650))
    .addOption(file())
    .action((name: string, { owner, scopes: granted, requestsPerMinute, expiresInDays, file: path }: CreateOptions) => {
      const json = { name, owner, scopes: granted, requestsPerMinute, expiresInDays };
      return issue(cli, { path: '/v1/keys', json }, path);
    });
}

function addRotate(keys: Command, cli: Cli): void {
  keys
    .command('rotate')
    .description('replace the secret of a key and print the new one once')
    .argument('<id>', 'key id')
    .option('--grace-hours <hours>', 'how long the old secret is still accepted (default: 24)', parseInteger(0, 720))
    .addOption(file())
    .action(async (id: string, { graceHours, file: path }: RotateOptions) => {
      if (graceHours === 0) await confirm(cli, 'The old secret is refused from now on: this cannot be undone.');
      const json = graceHours === undefined ? {} : { json: { graceHours } };
      return issue(cli, { path: at`/v1/keys/${id}/rotate`, ...json }, path);
    });
}

function addSetOwner(keys: Command, cli: Cli): void {
  keys
    .command('set-owner')
    .description('name who answers for a key from before owners were named, once: a PIN needs two known people')
    .argument('<id>', 'key id')
    .argument('<login>', 'their login at Okta')
    .action(async (id: string, owner: string) => {
      const api = await cli.api();
      const named = await api.request(apiKey, { method: 'PATCH', path: at`/v1/keys/${id}`, json: { owner } });
      printResult(cli, named, () => clean(`${named.id} belongs to ${named.owner ?? owner}.`));
    });
}

async function issue(cli: Cli, request: { path: string; json?: unknown }, path: string | undefined): Promise<void> {
  const api = await cli.api();
  const send = () => api.request(newApiKey, { method: 'POST', ...request });
  const { key, ...details } = path === undefined ? await send() : await writeKeyTo(path, send);
  const head = clean(`${details.id} "${details.name ?? ''}" (${details.scopes.join(', ')})`);
  if (path !== undefined) return printResult(cli, { ...details, file: path }, () => `${head} written to ${path}.`);
  printResult(cli, { ...details, key }, () => `${head}\n${clean(key)}`);
  cli.terminal.err(cli.terminal.paint.yellow('Save it now: it is not shown again.'));
}

const writeKeyTo = <Issued extends { key: string }>(path: string, send: () => Promise<Issued>): Promise<Issued> =>
  withNewFile(path, async (opened) => {
    const issued = await send();
    await opened.writeFile(`${issued.key}\n`);
    return issued;
  });

function draw(terminal: Terminal, items: readonly ApiKey[], now: Date): string {
  if (items.length === 0) return 'No keys.';
  const { paint } = terminal;
  const dayOf = (time: string | null): string => time?.slice(0, 10) ?? '';
  return table(
    terminal,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'NAME', of: ({ name }) => name ?? '' },
      { title: 'OWNER', of: ({ owner }) => owner ?? 'not known' },
      { title: 'SCOPES', of: (key) => key.scopes.join(',') },
      { title: 'CREATED', of: ({ createdAt }) => dayOf(createdAt) },
      { title: 'BY', of: ({ createdBy }) => createdBy ?? '', isExtra: true },
      { title: 'USED', of: ({ lastUsedAt }) => dayOf(lastUsedAt), isExtra: true },
      {
        title: 'STATE',
        of: (key) => stateOf(key, now),
        paint: (text) => (text.startsWith('active') ? paint.green(text) : paint.dim(text)),
      },
    ],
    items,
  );
}

function stateOf({ revokedAt, expiresAt, formerUntil }: ApiKey, now: Date): string {
  if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 10)}`;
  if (expiresAt !== null && new Date(expiresAt) <= now) return `expired ${expiresAt.slice(0, 10)}`;
  if (expiresAt !== null) return `active until ${expiresAt.slice(0, 10)}`;
  return formerUntil === null ? 'active' : `active; old secret until ${formerUntil.slice(0, 16).replace('T', ' ')}`;
}
