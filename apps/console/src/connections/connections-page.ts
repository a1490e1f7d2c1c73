import { warningsAbout } from '@keycourier/ledger/directory/connections/warnings';

import { definePage } from '../pages/page.ts';
import { redactSentence } from '../redact.ts';
import { connectionsTemplate } from './connections-template.ts';
import type { ConnectionState } from './read-connections.ts';
import { countsText, minuteText } from './texts.ts';

/** Who looks, and when. */
export interface Viewer {
  operator: string;
  /** For the sign-out button's form. */
  token: string;
  now: Date;
}

const render = definePage('wide', connectionsTemplate);

export function connectionsPage(states: readonly ConnectionState[], { operator, token, now }: Viewer): string {
  const rows = states.map((state) => rowOf(state, now));
  const view = { title: 'SCIM connections', operator, token, at: minuteText(now), rows };
  return render(view);
}

function rowOf(state: ConnectionState, now: Date) {
  const { id, name, tenant, lastRequestAt, revokedAt } = state.connection;
  return {
    id,
    tenant,
    name: redactSentence(name),
    lastRequest: minuteText(lastRequestAt),
    counts: countsText(state.counts.last7Days),
    revoked: revokedAt?.toISOString().slice(0, 10) ?? null,
    warnings: warningsAbout(state, now).map(({ message }) => message),
  };
}
