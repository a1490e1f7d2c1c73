import type { Status } from '@keycourier/journey/model/status';
import { describeHold } from '@keycourier/messages/holds';

import { definePage } from '../pages/page.ts';
import { shownId, shownSentence, shownWord } from '../shown.ts';
import { overviewTemplate } from './overview-template.ts';
import type { HeldShipment, Overview } from './read-overview.ts';

export interface OverviewView {
  /** Null while the worker has not made the ledger's tables yet. */
  overview: Overview | null;
  operator: string;
  /** For the sign-out button's form. */
  token: string;
  now: Date;
}

/** In the order of the journey, then its ends. */
const statuses: readonly { status: Status; title: string }[] = [
  { status: 'requested', title: 'Requested' },
  { status: 'ready', title: 'Ready' },
  { status: 'ordered', title: 'Ordered' },
  { status: 'in_transit', title: 'In transit' },
  { status: 'activated', title: 'Activated' },
  { status: 'pin_sent', title: 'PIN sent' },
  { status: 'completed', title: 'Completed' },
  { status: 'held', title: 'Held' },
  { status: 'failed', title: 'Failed' },
  { status: 'cancelled', title: 'Cancelled' },
];

const render = definePage('wide', overviewTemplate);

/** Where a person must act, first; then where everything is. */
export function overviewPage({ overview, operator, token, now }: OverviewView): string {
  const view: PageView = {
    title: 'Overview',
    operator,
    token,
    at: clock(now),
    ledgerIsThere: overview !== null,
    counts: statuses.map(({ status, title }) => ({ status, title, count: grouped(overview?.counts[status] ?? 0) })),
    held: (overview?.held ?? []).map((shipment) => heldRow(shipment, now)),
    heldTotal: grouped(overview?.heldTotal ?? 0),
    heldNotShown: grouped(Math.max((overview?.heldTotal ?? 0) - (overview?.held.length ?? 0), 0)),
    paused: (overview?.paused ?? []).map(({ tenant, until, reason }) => ({
      tenant,
      until: clock(until),
      reason: reason === null ? 'no reason given' : shownSentence(reason),
    })),
    eventsSetAside: grouped(overview?.eventsSetAside ?? 0),
  };
  return render(view);
}

interface PageView {
  title: string;
  operator: string;
  token: string;
  at: string;
  ledgerIsThere: boolean;
  counts: { status: string; title: string; count: string }[];
  held: HeldRow[];
  heldTotal: string;
  heldNotShown: string;
  paused: { tenant: string; until: string; reason: string }[];
  eventsSetAside: string;
}

interface HeldRow {
  id: string;
  tenant: string;
  code: string;
  advice: string;
  problems: { field: string; code: string }[];
  since: string;
  waits: string;
}

function heldRow({ id, tenant, code, problems, since }: HeldShipment, now: Date): HeldRow {
  return {
    id: shownId(id),
    tenant,
    code: shownWord(code),
    advice: describeHold(code),
    problems: problems.map((problem) => ({ field: shownWord(problem.field), code: shownWord(problem.code) })),
    since: since.toISOString(),
    waits: ago(now.getTime() - since.getTime()),
  };
}

const number = new Intl.NumberFormat('en-GB');
const grouped = (count: number): string => number.format(count);

/** `14:05 UTC`: the server does not know the reader's zone, and runs no script to ask. */
const clock = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`;

export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
