import { Option, type Command } from 'commander';

import { at } from '../api/client.ts';
import {
  connectionDetails,
  connectionList,
  handedOver,
  newClient,
  newConnection,
  newToken,
  nothing,
} from '../api/directory-shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { withNewFile } from '../output/new-file.ts';
import { drawConnection, drawConnections } from './connection-lines.ts';
import { addConnectionMapping } from './connection-mapping.ts';
import { addOptions, areRulesSet, optionsIn, type ConnectionFlags } from './connection-options.ts';
import { parseInteger } from './option-parsers.ts';

interface TokenOptions {
  expiresInDays?: number;
  file?: string;
  oauth?: boolean;
}

/** Manages what SCIM clients connect to. */
export function addConnections(program: Command, cli: Cli): void {
  const connections = program
    .command('connections')
    .description('create, list, show, change, rotate, revoke and hand over SCIM connections');
  connections
    .command('list', { isDefault: true })
    .description('list all connections of the tenant')
    .action(async () => {
      const listed = await (await cli.api()).request(connectionList, { method: 'GET', path: '/v1/connections' });
      printResult(cli, listed, () => drawConnections(cli.terminal, listed.items));
    });
  connections
    .command('show')
    .description('show a connection: options, tokens, counters, last errors')
    .argument('<id>', 'connection id')
    .action(async (id: string) => {
      const details = await (
        await cli.api()
      ).request(connectionDetails, { method: 'GET', path: at`/v1/connections/${id}` });
      printResult(cli, details, () => drawConnection(cli.terminal, details));
    });
  addCreate(connections, cli);
  addUpdate(connections, cli);
  addRotate(connections, cli);
  addRevoke(connections, cli);
  addHandOver(connections, cli);
  addConnectionMapping(connections, cli);
}

const file = (): Option => new Option('--file <path>', 'write the secret to a new file (mode 0600), do not print it');
const expiry = [parseInteger(1, 3_650)] as const;

function addCreate(connections: Command, cli: Cli): void {
  const create = connections
    .command('create')
    .description('create a connection, print its base URL and its first token once')
    .argument('<name>', 'such as the name of the app in Okta')
    .option('--expires-in-days <days>', 'the token stops working after this time', ...expiry)
    .addOption(file());
  addOptions(create).action(async (name: string, options: ConnectionFlags & TokenOptions) => {
    const json = { name, ...optionsIn(options), expiresInDays: options.expiresInDays };
    const api = await cli.api();
    const send = () => api.request(newConnection, { method: 'POST', path: '/v1/connections', json });
    const { token, ...made } = await keep(options.file, send, (answer) => answer.token);
    issued(cli, { ...made, token }, { secret: token, path: options.file, lines: [`base URL  ${clean(made.baseUrl)}`] });
  });
}

function addUpdate(connections: Command, cli: Cli): void {
  const update = connections
    .command('update')
    .description('change the name, the options or the rules for user names of a connection')
    .argument('<id>', 'connection id')
    .option('--name <name>', 'another name');
  addOptions(update).action(async (id: string, { name, ...flags }: ConnectionFlags & { name?: string }) => {
    const api = await cli.api();
    const path = at`/v1/connections/${id}`;
    const former = areRulesSet(flags) ? await api.request(connectionDetails, { method: 'GET', path }) : undefined;
    const json = { ...optionsIn(flags, former?.userNameRules), ...(name === undefined ? {} : { name }) };
    const details = await api.request(connectionDetails, { method: 'PATCH', path, json });
    printResult(cli, details, () => drawConnection(cli.terminal, details));
  });
}

const rotateHelp = `
To rotate: run this, enter the new token in the client, test it there, then revoke the former one:
  keycourier connections revoke <id> --token <token id>`;

function addRotate(connections: Command, cli: Cli): void {
  connections
    .command('rotate')
    .description('create a second token, or with --oauth a client, and print it once; the former one stays live')
    .argument('<id>', 'connection id')
    .option('--oauth', 'OAuth client credentials, for clients that can use them; Okta cannot')
    .option('--expires-in-days <days>', 'it stops working after this time', ...expiry)
    .addOption(file())
    .addHelpText('after', rotateHelp)
    .action(async (id: string, { oauth, expiresInDays, file: path }: TokenOptions) => {
      const api = await cli.api();
      const json = { expiresInDays };
      if (oauth === true) {
        const send = () => api.request(newClient, { method: 'POST', path: at`/v1/connections/${id}/clients`, json });
        const made = await keep(path, send, (answer) => answer.clientSecret);
        const lines = [`client id  ${clean(made.clientId)}`, `token URL  ${clean(made.tokenUrl)}`];
        return issued(cli, made, { secret: made.clientSecret, path, lines });
      }
      const send = () => api.request(newToken, { method: 'POST', path: at`/v1/connections/${id}/tokens`, json });
      const made = await keep(path, send, (answer) => answer.token);
      issued(cli, made, { secret: made.token, path, lines: [] });
    });
}

function addRevoke(connections: Command, cli: Cli): void {
  connections
    .command('revoke')
    .description('revoke a connection, or one token or OAuth client of it')
    .argument('<id>', 'connection id')
    .option('--token <id>', 'only this token')
    .option('--oauth-client <id>', 'only this OAuth client')
    .action(async (id: string, { token, oauthClient }: { token?: string; oauthClient?: string }) => {
      const [what, path] =
        token !== undefined
          ? (['this token', at`/v1/connections/${id}/tokens/${token}`] as const)
          : oauthClient !== undefined
            ? (['this OAuth client', at`/v1/connections/${id}/clients/${oauthClient}`] as const)
            : (['this connection', at`/v1/connections/${id}`] as const);
      const api = await cli.api();
      await confirm(cli, `Every request with ${what} is refused from now on: this cannot be undone.`);
      await api.request(nothing, { method: 'DELETE', path });
      const revoked = token ?? oauthClient ?? id;
      printResult(cli, { id: revoked, revoked: true }, () => `${clean(revoked)} is revoked.`);
    });
}

function addHandOver(connections: Command, cli: Cli): void {
  connections
    .command('hand-over')
    .description('give the people and groups of a revoked connection to another one, or to no client')
    .argument('<id>', 'id of the revoked connection')
    .requiredOption('--to <owner>', 'id of a connection; manual: as if entered by hand')
    .action(async (id: string, { to }: { to: string }) => {
      const api = await cli.api();
      const done = { people: 0, groups: 0 };
      for (let isComplete = false; !isComplete;) {
        const part = await api.request(handedOver, {
          method: 'POST',
          path: at`/v1/connections/${id}/hand-over`,
          json: { to },
        });
        done.people += part.people;
        done.groups += part.groups;
        isComplete = part.isComplete;
      }
      const text = `${done.people} people and ${done.groups} groups belong to ${clean(to)} now.`;
      printResult(cli, { id, to, ...done }, () => text);
    });
}

const keep = <Answer>(
  path: string | undefined,
  send: () => Promise<Answer>,
  secretOf: (answer: Answer) => string,
): Promise<Answer> =>
  path === undefined
    ? send()
    : withNewFile(path, async (opened) => {
        const answer = await send();
        await opened.writeFile(`${secretOf(answer)}\n`);
        return answer;
      });

interface Issued {
  secret: string;
  path: string | undefined;
  lines: readonly string[];
}

/** Prints what was issued, the secret only where it is in no file. */
function issued(
  cli: Cli,
  answer: Readonly<Record<string, unknown>> & { id: string },
  { secret, path, lines }: Issued,
): void {
  const head = [clean(answer.id), ...lines].join('\n');
  if (path !== undefined) {
    const { token: _token, clientSecret: _secret, ...rest } = { token: null, clientSecret: null, ...answer };
    return printResult(cli, { ...rest, file: path }, () => `${head}\nThe secret is written to ${path}.`);
  }
  printResult(cli, answer, () => `${head}\n${clean(secret)}`);
  cli.terminal.err(cli.terminal.paint.yellow('Save it now: it is not shown again.'));
}
