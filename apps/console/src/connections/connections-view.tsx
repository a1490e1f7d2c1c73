import { warningsAbout } from '@keycourier/ledger/directory/connections/warnings';
import type { VNode } from 'preact';

import { Command, Empty, Head } from '../pages/parts.tsx';
import { Table, TimeCell } from '../pages/tables.tsx';
import type { Viewer } from '../pages/viewer.ts';
import type { ConnectionState } from './read-connections.ts';
import { countsText } from './texts.ts';

interface Props {
  states: readonly ConnectionState[];
  viewer: Viewer;
  path: string;
}

export const ConnectionsView = ({ states, viewer, path }: Props): VNode => (
  <>
    <Head title="SCIM connections" />
    {states.length === 0 ? (
      <Empty title="There is no connection">
        <code>{'keycourier connections create <name>'}</code> makes one, and prints its base URL and token.
      </Empty>
    ) : (
      <Table head={['Connection', 'Last request', 'Last 7 days', 'What to look at']}>
        {states.map((state) => (
          <Row key={state.connection.id} state={state} viewer={viewer} path={path} />
        ))}
      </Table>
    )}
    <Command text="keycourier connections list" />
  </>
);

function Row({ state, viewer, path }: { state: ConnectionState; viewer: Viewer; path: string }): VNode {
  const { id, name, lastRequestAt } = state.connection;
  return (
    <tr>
      <td>
        <a data-row href={`${path}/${id}`}>
          {name}
        </a>
      </td>
      <TimeCell at={lastRequestAt} label="last request" viewer={viewer} />
      <td data-label="7 days:">{countsText(state.counts.last7Days)}</td>
      <td data-label="to look at:">
        <ToLookAt state={state} now={viewer.now} />
      </td>
    </tr>
  );
}

function ToLookAt({ state, now }: { state: ConnectionState; now: Date }): VNode {
  const { revokedAt } = state.connection;
  if (revokedAt !== null) return <span class="quiet">{`revoked ${revokedAt.toISOString().slice(0, 10)}`}</span>;
  const warnings = warningsAbout(state, now);
  if (warnings.length === 0) return <span class="quiet">nothing</span>;
  return (
    <>
      {warnings.map(({ message }) => (
        <span key={message} class="message warn">
          {message}
        </span>
      ))}
    </>
  );
}
