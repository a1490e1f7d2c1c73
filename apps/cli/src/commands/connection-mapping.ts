import { readFile } from 'node:fs/promises';

import type { Command } from 'commander';
import { z } from 'zod';

import { at } from '../api/client.ts';
import { connectionDetails, type ConnectionDetails } from '../api/directory-shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { confirm } from '../output/confirm.ts';
import { drawMapping } from './connection-lines.ts';

const help = `
To edit: keycourier connections mapping <id> --json > mapping.json, change it, then --set mapping.json.
A row: { "source": "mobilePhone", "path": "phoneNumbers[type eq \\"mobile\\"].value", "target": "primaryPhone" }`;

/** Shows the attribute mapping of a connection, replaces it, or brings back the default one. */
export function addConnectionMapping(connections: Command, cli: Cli): void {
  connections
    .command('mapping')
    .description('show the attribute mapping of a connection, replace it, or reset it')
    .argument('<id>', 'connection id')
    .option('--set <file>', 'replace it by the rows of a JSON file')
    .option('--reset', 'bring back the default mapping')
    .addHelpText('after', help)
    .action(async (id: string, { set, reset }: { set?: string; reset?: boolean }) => {
      if (set !== undefined && reset === true) throw new CliError('usage', 'Use either --set or --reset');
      const { mapping } = await send(cli, id, { set, reset });
      printResult(cli, mapping, () =>
        [mapping.isDefault ? 'The default mapping:' : 'An own mapping:', drawMapping(cli.terminal, mapping.rows)].join(
          '\n',
        ),
      );
    });
}

async function send(
  cli: Cli,
  id: string,
  { set, reset }: { set: string | undefined; reset: boolean | undefined },
): Promise<ConnectionDetails> {
  const path = at`/v1/connections/${id}`;
  const api = await cli.api();
  if (set === undefined && reset !== true) return api.request(connectionDetails, { method: 'GET', path });
  const mapping = set === undefined ? null : await readRows(set);
  if (mapping === null) await confirm(cli, 'The own mapping of this connection is lost: this cannot be undone.');
  return api.request(connectionDetails, { method: 'PATCH', path, json: { mapping } });
}

/** As `mapping --json` prints it, or the rows alone; an empty note is none. */
const row = z.looseObject({ note: z.string().nullish() });
const file = z.union([z.array(row), z.looseObject({ rows: z.array(row) }).transform(({ rows }) => rows)]);

/** @throws CliError `usage` */
export async function readRows(path: string): Promise<object[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('usage', `${path} cannot be read`, { cause });
  });
  const parsed = file.safeParse(jsonIn(text));
  if (!parsed.success) throw new CliError('usage', `${path} holds no JSON list of rows`);
  return parsed.data.map(({ note, ...rest }) => (note === null || note === undefined ? rest : { ...rest, note }));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
