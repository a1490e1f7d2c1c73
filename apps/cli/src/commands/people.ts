import { InvalidArgumentError, type Command } from 'commander';

import { at, type Api } from '../api/client.ts';
import { nothing, personDetails, personPage, type Person, type PersonDetails } from '../api/directory-shapes.ts';
import { readPages, type Page } from '../api/read-pages.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { pairs, table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { minuteOf } from './minute-of.ts';
import { parseInteger } from './option-parsers.ts';

/** The people of the directory: provisioned by SCIM clients, or entered by hand. */
export function addPeople(program: Command, cli: Cli): void {
  const people = program
    .command('people')
    .description('list and show the people of the directory, add and remove by hand');
  addList(people, cli);
  people
    .command('show')
    .description('show a person: owner, groups, profile, last error')
    .argument('<id>', 'person id')
    .action(async (id: string) => {
      const details = await (await cli.api()).request(personDetails, { method: 'GET', path: at`/v1/people/${id}` });
      printResult(cli, details, () => drawPerson(cli.terminal, details));
    });
  addAdd(people, cli);
  people
    .command('remove')
    .description('remove a person whom no client provisions')
    .argument('<id>', 'person id')
    .action(async (id: string) => {
      const api = await cli.api();
      await confirm(cli, 'All that the directory stores about this person is deleted: this cannot be undone.');
      await api.request(nothing, { method: 'DELETE', path: at`/v1/people/${id}` });
      printResult(cli, { id, removed: true }, () => `${clean(id)} is removed.`);
    });
}

interface ListOptions {
  connection?: string;
  user?: string;
  active?: boolean;
  inactive?: boolean;
  problems?: boolean;
  limit: number;
}

function addList(people: Command, cli: Cli): void {
  people
    .command('list', { isDefault: true })
    .description('list people, newest first')
    .option('--connection <id>', 'only people that this connection owns; manual: those entered by hand')
    .option('--user <userName>', 'only the person with this user name')
    .option('--active', 'only people who are active')
    .option('--inactive', 'only people who are not')
    .option('--problems', 'only people about whom the last request was refused')
    .option('--limit <count>', 'maximum number of people', parseInteger(1, 10_000), 50)
    .action(async (options: ListOptions) => {
      const page = await readPeople(await cli.api(), options);
      printResult(cli, page, () => drawPeople(cli.terminal, page));
    });
}

function readPeople(api: Api, options: ListOptions): Promise<Page<Person>> {
  const { connection, user: userName, limit } = options;
  const active = options.active === true ? true : options.inactive === true ? false : undefined;
  const filter = { connection, userName, active, problem: options.problems === true ? true : undefined };
  // A user name in a URL would end up in the logs of every proxy on the way.
  return readPages(limit, (part) =>
    api.request(personPage, { method: 'POST', path: '/v1/people/search', json: { ...filter, ...part } }),
  );
}

const ownerOf = ({ connectionId }: Person): string => connectionId ?? 'by hand';

function drawPeople(terminal: Terminal, { items, nextCursor }: Page<Person>): string {
  if (items.length === 0) return 'No people found.';
  const { paint } = terminal;
  const drawn = table<Person>(
    terminal,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'USER NAME', of: ({ userName }) => userName ?? '' },
      { title: 'OWNER', of: ownerOf, isExtra: true },
      {
        title: 'STATE',
        of: ({ active }) => (active ? 'active' : 'inactive'),
        paint: (text, { active }) => (active ? paint.green(text) : paint.dim(text)),
      },
      { title: 'CHANGED', of: ({ lastModified }) => minuteOf(lastModified), isExtra: true },
      { title: 'OPEN', of: ({ openShipments }) => openShipments.join(' '), isExtra: true },
      { title: 'LAST ERROR', of: ({ lastError }) => lastError?.detail ?? '', paint: (text) => paint.yellow(text) },
    ],
    items,
  );
  const more = nextCursor === null ? '' : `\n${paint.dim(`More people exist: use --limit ${items.length * 2}.`)}`;
  return `${drawn}${more}`;
}

function drawPerson(terminal: Terminal, one: PersonDetails): string {
  const profile = Object.entries(one.profile).map(([name, value]) => [name, clean(value)] as const);
  return pairs(terminal, [
    ['id', clean(one.id)],
    ['user name', clean(one.userName ?? '')],
    ['display name', clean(one.displayName ?? '')],
    ['owner', clean(ownerOf(one))],
    ['state', one.active ? 'active' : `inactive since ${minuteOf(one.deactivatedAt)}`],
    ['changed', minuteOf(one.lastModified)],
    ['groups', one.groups.map(({ displayName }) => clean(displayName)).join(', ') || 'none'],
    ['open shipments', one.openShipments.map(clean).join(' ') || 'none'],
    ...(one.lastError ? [['last error', terminal.paint.yellow(clean(one.lastError.detail))] as const] : []),
    ...profile,
  ]);
}

const fields = [
  'displayName',
  'email',
  'firstName',
  'lastName',
  'primaryPhone',
  'organization',
  'streetAddress',
  'city',
  'state',
  'zipCode',
  'countryCode',
];

function setField(text: string, former: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [name = '', ...rest] = text.split('=');
  if (!fields.includes(name) || rest.length === 0)
    throw new InvalidArgumentError(`It must be <field>=<value>, with a field of ${fields.join(', ')}.`);
  return { ...former, [name]: rest.join('=') };
}

function addAdd(people: Command, cli: Cli): void {
  people
    .command('add')
    .description('enter a person by hand')
    .argument('<userName>', 'the Okta login of the person')
    .option('--set <field=value>', 'a value such as firstName=Ada or city=Galway; repeatable', setField)
    .option('--idempotency-key <key>', 'makes sending it again safe')
    .action(async (userName: string, options: { set?: Record<string, string>; idempotencyKey?: string }) => {
      const added = await (
        await cli.api()
      ).request(personDetails, {
        method: 'POST',
        path: '/v1/people',
        json: { userName, ...options.set },
        ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
      });
      printResult(cli, added, () => drawPerson(cli.terminal, added));
    });
}
