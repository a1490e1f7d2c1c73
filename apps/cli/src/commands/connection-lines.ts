import type { Connection, ConnectionDetails, ConnectionToken, MappedRow } from '../api/directory-shapes.ts';
import { clean } from '../output/clean.ts';
import { pairs, table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { minuteOf } from './minute-of.ts';

const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off');

const dayOf = (time: string | null): string => time?.slice(0, 10) ?? '';

/** All connections, one a line. */
export function drawConnections(terminal: Terminal, items: readonly Connection[]): string {
  if (items.length === 0) return 'No connections. keycourier connections create <name> makes one.';
  const { paint } = terminal;
  return table(
    terminal,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'NAME', of: ({ name }) => name },
      {
        title: 'LAST REQUEST',
        of: ({ lastRequestAt }) => (lastRequestAt === null ? 'never' : minuteOf(lastRequestAt)),
      },
      { title: '7 DAYS', of: ({ counts }) => countsOf(counts.last7Days), isExtra: true },
      {
        title: 'STATE',
        of: stateOf,
        paint: (text, { revokedAt, warnings }) =>
          revokedAt !== null ? paint.dim(text) : warnings.length > 0 ? paint.yellow(text) : paint.green(text),
      },
    ],
    items,
  );
}

function stateOf({ revokedAt, warnings }: Connection): string {
  if (revokedAt !== null) return `revoked ${dayOf(revokedAt)}`;
  return warnings.length === 0 ? 'fine' : warnings.map(({ code }) => code).join(', ');
}

function countsOf({ requests, refused, failed }: Connection['counts']['today']): string {
  return `${requests} requests, ${refused} refused, ${failed} failed`;
}

/** One connection: options, tokens, errors. */
export function drawConnection(terminal: Terminal, one: ConnectionDetails): string {
  const { paint } = terminal;
  const head = pairs(terminal, [
    ['id', clean(one.id)],
    ['name', clean(one.name)],
    ['base URL', clean(one.baseUrl)],
    ['send enrollment mails', onOff(one.sendEnrollmentMails)],
    ['include manually provisioned', onOff(one.includeManual)],
    ['read all users', onOff(one.readAll)],
    ['take over by the part before @', onOff(one.takeOverByLocalPart)],
    ['user name rules', rulesOf(one)],
    ['mapping', one.mapping.isDefault ? 'default' : `own, ${one.mapping.rows.length} rows`],
    ['last request', one.lastRequestAt === null ? 'never' : minuteOf(one.lastRequestAt)],
    ['today', countsOf(one.counts.today)],
    ['7 days', countsOf(one.counts.last7Days)],
    ...(one.revokedAt === null ? [] : [['revoked', paint.yellow(dayOf(one.revokedAt))] as const]),
  ]);
  const warnings = one.warnings.map(({ message }) => paint.yellow(`warning: ${clean(message)}`));
  return [head, ...warnings, drawTokens(terminal, one.tokens), drawErrors(terminal, one)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function rulesOf({ userNameRules: { startsWithLetter, maxLength, otherCharacters } }: Connection): string {
  const rules = [
    ...(startsWithLetter === true ? ['starts with a letter'] : []),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(otherCharacters === undefined ? [] : [`letters, digits and ${clean(otherCharacters) || 'nothing else'}`]),
  ];
  return rules.length === 0 ? 'none' : rules.join('; ');
}

function drawTokens(terminal: Terminal, tokens: readonly ConnectionToken[]): string {
  const { paint } = terminal;
  return table(
    terminal,
    [
      { title: 'TOKEN', of: ({ id }) => id },
      { title: 'KIND', of: ({ kind }) => (kind === 'client' ? 'OAuth client' : kind) },
      { title: 'CREATED', of: ({ createdAt }) => dayOf(createdAt), isExtra: true },
      { title: 'USED', of: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : minuteOf(lastUsedAt)) },
      {
        title: 'STATE',
        of: tokenState,
        paint: (text) => (text.startsWith('live') ? paint.green(text) : paint.dim(text)),
      },
    ],
    tokens,
  );
}

function tokenState({ revokedAt, expiresAt }: ConnectionToken): string {
  if (revokedAt !== null) return `revoked ${dayOf(revokedAt)}`;
  return expiresAt === null ? 'live' : `live until ${dayOf(expiresAt)}`;
}

function drawErrors(terminal: Terminal, { errors }: ConnectionDetails): string {
  if (errors.length === 0) return '';
  return table(
    terminal,
    [
      { title: 'LAST ERRORS', of: ({ at }) => minuteOf(at) },
      { title: 'ABOUT', of: ({ subjectId }) => subjectId ?? 'a new user or group' },
      { title: 'TIMES', of: ({ times }) => String(times) },
      { title: 'ANSWER', of: ({ status, detail }) => `${status} ${detail}` },
    ],
    errors,
  );
}

/** The attribute mapping as a table. */
export const drawMapping = (terminal: Terminal, rows: readonly MappedRow[]): string =>
  table(
    terminal,
    [
      { title: 'ATTRIBUTE', of: ({ source }) => source },
      { title: 'SCIM PATH', of: ({ path }) => path },
      { title: 'FILLS', of: ({ target }) => target ?? '' },
      { title: 'NOTE', of: ({ note }) => note ?? '', isExtra: true },
    ],
    rows,
  );
