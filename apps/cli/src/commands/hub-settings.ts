import { InvalidArgumentError, Option, type Command } from 'commander';

import { hubSettings, type HubSettings } from '../api/hub-shape.ts';
import { printResult, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { confirm } from '../output/confirm.ts';
import { pairs, table } from '../output/table.ts';
import { readRows } from './connection-mapping.ts';
import { initialStatuses } from './hub-people.ts';
import { parseInteger } from './option-parsers.ts';

const parts = ['create', 'update', 'deactivate', 'reactivate'] as const;
const moments = ['create', 'link', 'reactivation'] as const;

const setHelp = `
Every part of the link is off until it is switched on: --create on --update on --deactivate on --reactivate on.
Without options the settings are printed.`;

const mappingHelp = `
To edit: keycourier hub mapping --json > mapping.json, change it, then --set mapping.json.
A row: { "path": "name.givenName", "target": "firstName" }; a target of null is not pushed. Without rows every attribute keeps its name.`;

type Options = Partial<Record<(typeof parts)[number], boolean>> & {
  sendEmail?: boolean;
  compareEvery?: number;
  createStatus?: string;
  linkStatus?: string;
  reactivationStatus?: string;
};

/** Hours; 0 for off: on demand, and after a change of the settings. */
const hoursOrOff = (text: string): number => (text === 'off' ? 0 : parseInteger(1, 720)(text));

const everyMs = (hours: number): number | null => (hours === 0 ? null : hours * 3_600_000);

export const onOrOff = (text: string): boolean => {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('on or off');
  return text === 'on';
};

/** How people are pushed to the hub. */
export function addHubSettings(hub: Command, cli: Cli): void {
  const set = hub
    .command('set')
    .description('print what is pushed to the hub, or change it')
    .addHelpText('after', setHelp);
  for (const part of parts) set.option(`--${part} <on|off>`, `${part} users in the hub`, onOrOff);
  set.option('--send-email <on|off>', 'let Okta mail whom it activates without a password', onOrOff);
  for (const moment of moments)
    set.addOption(
      new Option(`--${moment}-status <status>`, `what the hub’s user becomes on ${moment}`).choices(initialStatuses),
    );
  set.option('--compare-every <hours|off>', 'compare everyone in both orgs so often', hoursOrOff);
  set.action(async (options: Options) => {
    const settings = await send(cli, changesOf(options));
    printResult(cli, settings, () => drawSettings(cli, settings));
  });
  hub
    .command('mapping')
    .description('print the attribute mapping of the link, replace it, or reset it')
    .option('--set <file>', 'replace it by the rows of a JSON file')
    .option('--reset', 'let every attribute keep its name')
    .addHelpText('after', mappingHelp)
    .action((options: { set?: string; reset?: boolean }) => showMapping(cli, options));
}

function changesOf({ compareEvery, createStatus, linkStatus, reactivationStatus, ...switches }: Options): object {
  const initialStatus = {
    ...(createStatus === undefined ? {} : { create: createStatus }),
    ...(linkStatus === undefined ? {} : { link: linkStatus }),
    ...(reactivationStatus === undefined ? {} : { reactivation: reactivationStatus }),
  };
  return {
    ...switches,
    ...(Object.keys(initialStatus).length === 0 ? {} : { initialStatus }),
    ...(compareEvery === undefined ? {} : { compareEveryMs: everyMs(compareEvery) }),
  };
}

async function send(cli: Cli, changes: object): Promise<HubSettings> {
  const api = await cli.api();
  const path = '/v1/hub/settings';
  const isChange = Object.keys(changes).length > 0;
  return api.request(hubSettings, isChange ? { method: 'PATCH', path, json: changes } : { method: 'GET', path });
}

async function showMapping(cli: Cli, { set, reset }: { set?: string; reset?: boolean }): Promise<void> {
  if (set !== undefined && reset === true) throw new CliError('usage', 'Use either --set or --reset');
  const rows = set === undefined ? null : await readRows(set);
  if (reset === true) await confirm(cli, 'The own mapping of this link is lost: this cannot be undone.');
  const { mapping } = await send(cli, rows === null ? (reset === true ? { mapping: [] } : {}) : { mapping: rows });
  printResult(cli, mapping, () => drawMapping(cli, mapping));
}

const keepsNames = 'every attribute keeps its name';

const drawMapping = ({ terminal }: Cli, rows: HubSettings['mapping']): string =>
  rows.length === 0
    ? `No rows: ${keepsNames}.`
    : table(
        terminal,
        [
          { title: 'SCIM PATH', of: ({ path }) => path },
          { title: 'FILLS', of: ({ target }) => target ?? '' },
        ],
        rows,
      );

function drawSettings(cli: Cli, settings: HubSettings): string {
  const { initialStatus: status, sendEmail, compareEveryMs, mapping } = settings;
  return pairs(cli.terminal, [
    ...parts.map((part): [string, string] => [part, settings[part] ? 'on' : 'off']),
    ['initial status', moments.map((moment) => `${moment} ${status[moment]}`).join(', ')],
    ['Okta mails', sendEmail ? 'on' : 'off'],
    ['compares', compareEveryMs === null ? 'on demand' : `every ${compareEveryMs / 3_600_000} hours`],
    ['mapping', mapping.length === 0 ? keepsNames : `${mapping.length} rows`],
  ]);
}
