import { readLinkHealth, type LinkHealth } from '@keycourier/ledger/hub/hub-health';
import { readOnce } from '@keycourier/ledger/read-once';
import { describeRunProblem } from '@keycourier/messages/hub-people';

import { formatSpan } from '../../output/span.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, skipped, yellow, type Finding } from '../finding.ts';

/** One reading serves all checks of a tenant's link. */
const readings = new WeakMap<TenantUnderCheck, Promise<LinkHealth | Finding>>();

/** What the database says of the link of a tenant; a finding where it cannot be read. */
export async function readLink(tenant: TenantUnderCheck): Promise<LinkHealth | Finding> {
  const reading = readings.get(tenant) ?? read(tenant);
  readings.set(tenant, reading);
  return reading;
}

async function read({ environment, name, timeoutMs }: TenantUnderCheck): Promise<LinkHealth | Finding> {
  const databaseUrl = environment['DATABASE_URL'];
  if (databaseUrl === undefined || databaseUrl === '') return skipped('set DATABASE_URL to check it');
  return readOnce({ databaseUrl, timeoutMs }, (db) => readLinkHealth({ db }, name)).catch(() =>
    skipped('the database cannot be read: see database'),
  );
}

/** The worst of what is wrong with a link that is there. */
type Judge = (health: LinkHealth, tenant: TenantUnderCheck) => Finding;

const checkOf = (name: string, judge: Judge): Check<TenantUnderCheck> => ({
  name,
  run: async (tenant) => {
    const health = await readLink(tenant);
    if ('status' in health) return health;
    if (tenant.config.hub === undefined && health.link === null) return green('there is no hub');
    return judge(health, tenant);
  },
});

/** For so long no one is due whose push goes on: the alert about a late step has the same limit. */
const lateAfterMs = 15 * 60_000;

const judgePeople: Judge = ({ people: { due, problems, states }, dueSince, waitsFor }, { now }) => {
  const ago = (since: Date) => formatSpan(now.getTime() - since.getTime());
  const oldest = dueSince === null ? '' : `: ${due} due, the oldest for ${ago(dueSince)}`;
  if (waitsFor?.isRefused === true)
    return red(
      `an org of the link has refused the credentials for ${ago(waitsFor.since)}${oldest}`,
      'run keycourier hub test, and see okta.credentials: then everyone who is due is pushed by itself',
    );
  if (waitsFor !== null)
    return yellow(
      `an org of the link has not answered for ${ago(waitsFor.since)}${oldest}`,
      'see whether it can be reached: then everyone who is due is pushed by itself',
    );
  if (dueSince !== null && now.getTime() - dueSince.getTime() > lateAfterMs)
    return yellow(`people wait${oldest}`, 'see whether a worker runs, and its log');
  const refused = problems.reduce((sum, { people }) => sum + people, 0);
  const kinds = problems.map(({ code, people }) => `${people} ${code}`).join(', ');
  if (refused > 0)
    return yellow(
      `${refused} not in the hub as their org requires: ${kinds}`,
      'keycourier hub people --problems says what to do about each',
    );
  return green(`${states.linked} linked, ${due} due, no problem`);
};

const judgeComparison: Judge = ({ comparison, comparedAt, settings }, { now }) => {
  const ageMs = comparedAt === null ? null : now.getTime() - comparedAt.getTime();
  const last = ageMs === null ? 'everyone was never compared' : `everyone was last compared ${formatSpan(ageMs)} ago`;
  if (comparison?.state === 'failed')
    return yellow(
      `the last comparison failed: ${describeRunProblem(comparison.problem ?? 'refused')} (${last})`,
      'run keycourier hub test, then keycourier hub compare',
    );
  const everyMs = settings.compareEveryMs;
  if (ageMs !== null && everyMs !== null && !settings.sourcing.isOn && ageMs > 3 * everyMs)
    return yellow(
      `${last}, and is to be every ${formatSpan(everyMs)}`,
      'see keycourier hub comparisons, and the worker',
    );
  return green(last);
};

const judgeImport: Judge = ({ import: last, settings }, { now }) => {
  if (last === null) return green(settings.sourcing.isOn ? 'no import has ended yet' : 'the hub is no source');
  if (last.state === 'held')
    return yellow(
      `an import would change ${Math.round((last.heldShare ?? 0) * 100)} % of the linked people, and is held`,
      `look with keycourier hub import show ${last.id}, then keycourier hub import release or reject it`,
    );
  if (last.state === 'failed')
    return yellow(
      `the last import failed: ${describeRunProblem(last.problem ?? 'refused')}`,
      'run keycourier hub test, then keycourier hub import',
    );
  return green(`the last import ended ${formatSpan(now.getTime() - (last.endedAt ?? now).getTime())} ago`);
};

/** How the link of a tenant to its hub does. */
export const linkChecks: readonly Check<TenantUnderCheck>[] = [
  checkOf('hub.people', judgePeople),
  checkOf('hub.comparison', judgeComparison),
  checkOf('hub.import', judgeImport),
];
