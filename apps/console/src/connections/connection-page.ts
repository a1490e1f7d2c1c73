import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import type { Failure } from '@keycourier/ledger/directory/connections/failures';
import type { ListedToken } from '@keycourier/ledger/directory/connections/tokens';
import { isLive, warningsAbout } from '@keycourier/ledger/directory/connections/warnings';
import { mappingInUse } from '@keycourier/scim-protocol/mapping/map-person';

import { definePage } from '../pages/page.ts';
import { redactId, redactSentence } from '../redact.ts';
import type { Viewer } from './connections-page.ts';
import { connectionTemplate } from './connections-template.ts';
import type { ConnectionDetails } from './read-connections.ts';
import { countsText, minuteText } from './texts.ts';

const render = definePage('wide', connectionTemplate);

/** Options, tokens without secrets, errors without names, mapping, and how to connect Okta. */
export function connectionPage(details: ConnectionDetails, baseUrl: string, { operator, token, now }: Viewer): string {
  const { connection, tokens, failures } = details;
  const { mapping } = connection;
  const view = {
    title: `SCIM connection ${redactSentence(connection.name)}`,
    operator,
    token,
    at: minuteText(now),
    id: connection.id,
    name: redactSentence(connection.name),
    baseUrl,
    revoked: connection.revokedAt?.toISOString().slice(0, 10) ?? null,
    warnings: warningsAbout(details, now).map(({ message }) => message),
    facts: factsOf(details, baseUrl),
    tokens: tokens.map((one) => tokenRow(one, now)),
    errors: failures.map(errorRow),
    isDefaultMapping: mapping.length === 0,
    mapping: mappingInUse(mapping).map(({ source, path, target, note = '' }) => ({ source, path, target, note })),
  };
  return render(view);
}

const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off');

function factsOf({ connection, counts }: ConnectionDetails, baseUrl: string) {
  const fact = (name: string, value: string, isCode = false) => ({ name, value, isCode });
  return [
    fact('Base URL', baseUrl, true),
    fact('Tenant', connection.tenant),
    fact('Send enrollment mails', onOff(connection.sendEnrollmentMails)),
    fact('Include manually provisioned users', onOff(connection.includeManual)),
    fact('Read all users', onOff(connection.readAll)),
    fact('Take over by the part before @', onOff(connection.takeOverByLocalPart)),
    fact('User name rules', rulesText(connection)),
    fact('Last request', minuteText(connection.lastRequestAt)),
    fact('Today', countsText(counts.today)),
    fact('Last 7 days', countsText(counts.last7Days)),
  ];
}

function rulesText({ userNameRules: { startsWithLetter, maxLength, otherCharacters } }: Connection): string {
  const rules = [
    ...(startsWithLetter === true ? ['starts with a letter'] : []),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(otherCharacters === undefined ? [] : [`letters, digits and ${otherCharacters || 'nothing else'}`]),
  ];
  return rules.length === 0 ? 'none' : rules.join('; ');
}

const tokenRow = (token: ListedToken, now: Date) => ({
  id: redactId(token.id),
  kind: token.kind === 'client' ? 'OAuth client' : 'bearer',
  created: minuteText(token.createdAt),
  used: minuteText(token.lastUsedAt),
  state: stateText(token, now),
});

function stateText(token: ListedToken, now: Date): string {
  const { revokedAt, expiresAt } = token;
  const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
  if (revokedAt !== null) return `revoked ${dayOf(revokedAt)}`;
  if (expiresAt === null) return 'live';
  return isLive(token, now) ? `live until ${dayOf(expiresAt)}` : `expired ${dayOf(expiresAt)}`;
}

const ownId = /^(?:usr|grp)_[0-9a-z]{26}$/;

const errorRow = ({ at, subject, status, scimType, detail, times }: Failure) => ({
  at: minuteText(at),
  subject: ownId.test(subject) ? subject : null,
  detail: redactSentence(detail),
  status: [status, scimType].filter((part) => part !== null).join(' '),
  times,
});
