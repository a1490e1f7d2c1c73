import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import type { Failure } from '@keycourier/ledger/directory/connections/failures';
import type { ListedToken } from '@keycourier/ledger/directory/connections/tokens';
import { isLive, warningsAbout } from '@keycourier/ledger/directory/connections/warnings';
import { mappingInUse } from '@keycourier/scim-protocol/mapping/default-mapping';
import type { VNode } from 'preact';

import { Empty, Facts, Head, Notice, Section } from '../pages/parts.tsx';
import { Table, TimeCell } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { redactSentence } from '../redact.ts';
import type { ConnectionDetails } from './read-connections.ts';
import { countsText } from './texts.ts';

interface Props {
  details: ConnectionDetails;
  baseUrl: string;
  viewer: Viewer;
}

/** Options, tokens without secrets, errors without names, mapping, and how to connect Okta. */
export const ConnectionView = ({ details, baseUrl, viewer }: Props): VNode => (
  <>
    <Head title={details.connection.name} above={{ href: pathIn(viewer, '/connections'), text: 'SCIM connections' }} />
    <Notices details={details} now={viewer.now} />
    <Section id="facts" title="Connection">
      <Facts rows={factsOf(details, baseUrl, viewer)} />
    </Section>
    <Tokens tokens={details.tokens} id={details.connection.id} viewer={viewer} />
    <Errors failures={details.failures} viewer={viewer} />
    <Mapping connection={details.connection} />
    {details.connection.revokedAt === null && <ConnectOkta baseUrl={baseUrl} />}
  </>
);

function Notices({ details, now }: { details: ConnectionDetails; now: Date }): VNode {
  const { revokedAt } = details.connection;
  return (
    <>
      {revokedAt !== null && (
        <Notice tone="warn">
          {`Revoked on ${revokedAt.toISOString().slice(0, 10)}: its client is refused. The people that it provisioned stay.`}
        </Notice>
      )}
      {warningsAbout(details, now).map(({ message }) => (
        <Notice key={message} tone="warn">
          {message}
        </Notice>
      ))}
    </>
  );
}

const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off');

const factsOf = ({ connection, counts }: ConnectionDetails, baseUrl: string, viewer: Viewer) =>
  [
    ['Base URL', <code key="url">{baseUrl}</code>],
    ['Send enrollment mails', onOff(connection.sendEnrollmentMails)],
    ['Include manually provisioned users', onOff(connection.includeManual)],
    ['Read all users', onOff(connection.readAll)],
    ['Take over by the part before @', onOff(connection.takeOverByLocalPart)],
    ['User name rules', rulesText(connection)],
    ['Last request', <Time key="last" at={connection.lastRequestAt} viewer={viewer} />],
    ['Today', countsText(counts.today)],
    ['Last 7 days', countsText(counts.last7Days)],
  ] as const;

function rulesText({ userNameRules: { startsWithLetter, maxLength, otherCharacters } }: Connection): string {
  const rules = [
    ...(startsWithLetter === true ? ['starts with a letter'] : []),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(otherCharacters === undefined ? [] : [`letters, digits and ${otherCharacters || 'nothing else'}`]),
  ];
  return rules.length === 0 ? 'none' : rules.join('; ');
}

const Tokens = ({ tokens, id, viewer }: { tokens: readonly ListedToken[]; id: string; viewer: Viewer }): VNode => (
  <Section id="tokens" title="Tokens">
    <Table head={['Token', 'Created', 'Last used', 'State']}>
      {tokens.map((token) => (
        <tr key={token.id}>
          <td>
            <code class="id">{token.id}</code>
            <span class="quiet">{token.kind === 'client' ? 'OAuth client' : 'bearer'}</span>
          </td>
          <TimeCell at={token.createdAt} label="created" viewer={viewer} />
          <TimeCell at={token.lastUsedAt} label="last used" viewer={viewer} />
          <td>{stateText(token, viewer.now)}</td>
        </tr>
      ))}
    </Table>
    <p class="quiet">
      To rotate: <code>{`keycourier connections rotate ${id}`}</code>, enter the new token in the client, then revoke
      the former one.
    </p>
  </Section>
);

function stateText(token: ListedToken, now: Date): string {
  const { revokedAt, expiresAt } = token;
  const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
  if (revokedAt !== null) return `revoked ${dayOf(revokedAt)}`;
  if (expiresAt === null) return 'live';
  return isLive(token, now) ? `live until ${dayOf(expiresAt)}` : `expired ${dayOf(expiresAt)}`;
}

const Errors = ({ failures, viewer }: { failures: readonly Failure[]; viewer: Viewer }): VNode => (
  <Section id="errors" title="Last errors">
    {failures.length === 0 ? (
      <Empty title="The last request about each user and group succeeded." />
    ) : (
      <Table head={['When', 'About', 'What the client was answered', 'Times']}>
        {failures.map((failure) => (
          <ErrorRow key={failure.subject} failure={failure} viewer={viewer} />
        ))}
      </Table>
    )}
  </Section>
);

const ownId = /^(?:usr|grp)_[0-9a-z]{26}$/;

/** A user's id leads to their page, which has the name. */
const Subject = ({ subject, viewer }: { subject: string; viewer: Viewer }): VNode => {
  if (!ownId.test(subject)) return <span class="quiet">a user or group that does not exist here</span>;
  const id = <code class="id">{subject}</code>;
  return subject.startsWith('usr_') ? <a href={addressIn(viewer, '/people', { user: subject })}>{id}</a> : id;
};

const ErrorRow = ({ failure, viewer }: { failure: Failure; viewer: Viewer }): VNode => (
  <tr>
    <TimeCell at={failure.at} viewer={viewer} />
    <td>
      <Subject subject={failure.subject} viewer={viewer} />
    </td>
    <td>
      <span class="message">{redactSentence(failure.detail)}</span>
      <code class="code">{[failure.status, failure.scimType].filter((part) => part !== null).join(' ')}</code>
    </td>
    <td data-label="times:">{failure.times}</td>
  </tr>
);

const Mapping = ({ connection: { mapping } }: { connection: Connection }): VNode => (
  <Section id="mapping" title={<>Attribute mapping {mapping.length === 0 && <span class="badge">default</span>}</>}>
    <Table head={['Attribute', 'SCIM path', 'Fills', 'Note']}>
      {mappingInUse(mapping).map(({ source, path, target, note = '' }) => (
        <tr key={`${source} ${path}`}>
          <td>{source}</td>
          <td>
            <code class="id">{path}</code>
          </td>
          <td data-label={target === null ? '' : 'fills'}>
            {target === null ? <span class="quiet">–</span> : <code>{target}</code>}
          </td>
          <td class="quiet">{note}</td>
        </tr>
      ))}
    </Table>
  </Section>
);

const ConnectOkta = ({ baseUrl }: { baseUrl: string }): VNode => (
  <Section id="connect" title="Connect Okta">
    <ol class="steps">
      <li>
        In the Okta Admin Console add the app <em>SCIM 2.0 Test App (Header Auth)</em>, with the dashboard icon hidden.
      </li>
      <li>
        Provisioning, <em>Configure API Integration</em>, <em>Enable API integration</em>: base URL{' '}
        <code>{baseUrl}</code> and the token, then <em>Test API Credentials</em> and <em>Save</em>.
      </li>
      <li>
        To App, <em>Edit</em>: enable <em>Create Users</em>, <em>Update User Attributes</em> and{' '}
        <em>Deactivate Users</em>.
      </li>
      <li>
        Check that <code>countryCode</code> is mapped to the country of the address, assign people or groups, then push
        the groups whose members get a key.
      </li>
    </ol>
  </Section>
);
