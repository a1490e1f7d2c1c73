import { statuses, type Status } from '@keycourier/journey/model/status';
import { describeCatchUpProblem } from '@keycourier/messages/catch-up';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { describeHold } from '@keycourier/messages/holds';

import { definePage } from '../pages/page.ts';
import { redactId, redactSentence, redactWord } from '../redact.ts';
import { overviewTemplate } from './overview-template.ts';
import type { HeldShipment, Overview } from './read-overview.ts';

export interface OverviewView {
  /** Null until the worker has created the ledger's tables. */
  overview: Overview | null;
  operator: string;
  /** For the sign-out button's form. */
  token: string;
  now: Date;
}

const titles: Readonly<Record<Status, string>> = {
  requested: 'Requested',
  ready: 'Ready',
  ordered: 'Ordered',
  in_transit: 'In transit',
  activated: 'Activated',
  pin_sent: 'PIN sent',
  completed: 'Completed',
  held: 'Held',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const render = definePage('wide', overviewTemplate);

/** First the shipments that need attention, then the counts of all. */
export function overviewPage({ overview, operator, token, now }: OverviewView): string {
  const view: PageView = {
    title: 'Overview',
    operator,
    token,
    at: formatTime(now),
    hasLedger: overview !== null,
    counts: statuses.map((status) => ({
      status,
      title: titles[status],
      count: formatCount(overview?.counts[status] ?? 0),
    })),
    held: (overview?.held ?? []).map((shipment) => heldRow(shipment, now)),
    heldTotal: formatCount(overview?.heldTotal ?? 0),
    heldOmitted: formatCount(Math.max((overview?.heldTotal ?? 0) - (overview?.held.length ?? 0), 0)),
    paused: (overview?.paused ?? []).map(({ tenant, until, reason }) => ({
      tenant,
      until: formatTime(until),
      reason: reason === null ? 'no reason recorded' : redactSentence(reason),
    })),
    eventsSetAside: formatCount(overview?.eventsSetAside ?? 0),
    unreadLogs: (overview?.unreadLogs ?? []).map(({ tenant, problem, since }) => ({
      tenant,
      since: formatTime(since),
      message: describeCatchUpProblem(problem),
    })),
  };
  return render(view);
}

interface PageView {
  title: string;
  operator: string;
  token: string;
  at: string;
  hasLedger: boolean;
  counts: { status: string; title: string; count: string }[];
  held: HeldRow[];
  heldTotal: string;
  heldOmitted: string;
  paused: { tenant: string; until: string; reason: string }[];
  eventsSetAside: string;
  unreadLogs: { tenant: string; since: string; message: string }[];
}

interface HeldRow {
  id: string;
  tenant: string;
  /** Which key it is, and how it was requested. */
  key: string;
  code: string;
  message: string;
  problems: { field: string; code: string; message: string }[];
  since: string;
  age: string;
}

function heldRow({ id, tenant, code, problems, since, ...key }: HeldShipment, now: Date): HeldRow {
  return {
    id: redactId(id),
    tenant,
    key: describeKey(key),
    code: redactWord(code),
    message: describeHold(code),
    problems: problems.map(({ field, code: problem }) =>
      describeProblem({ field: redactWord(field), code: redactWord(problem) }),
    ),
    since: since.toISOString(),
    age: formatAge(now.getTime() - since.getTime()),
  };
}

function describeKey({ purpose, trigger, product }: Pick<HeldShipment, 'purpose' | 'trigger' | 'product'>): string {
  const { productId, inventoryProductId, customizationId } = product;
  const ids = redactSentence(`product ${productId}, inventory ${inventoryProductId}, customization ${customizationId}`);
  return `${redactWord(purpose)} key, ${ids}, by ${redactWord(trigger)}`;
}

const number = new Intl.NumberFormat('en-GB');
const formatCount = (count: number): string => number.format(count);

/** `14:05 UTC`: without scripts the server does not know the reader's time zone. */
const formatTime = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`;

export function formatAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return '< 1 min';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
