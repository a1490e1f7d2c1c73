import { hubCheckNames } from '@keycourier/journey/hub/judge-hub';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { assignToHub } from '@keycourier/ledger/hub/assignments';
import { createMapping } from '@keycourier/ledger/hub/groups';
import { createHubLink, setHubClient } from '@keycourier/ledger/hub/links';
import { listMirrors } from '@keycourier/ledger/hub/list-mirrors';
import { requirePeople } from '@keycourier/ledger/hub/mirrors';
import { claimGroup, finishGroup } from '@keycourier/ledger/hub/push-groups';
import { claimMirror, finishMirror } from '@keycourier/ledger/hub/push-mirror';
import { requestComparison } from '@keycourier/ledger/hub/require-comparisons';
import { claimHubTest, endHubTest, requestHubTest } from '@keycourier/ledger/hub/tests';

export const hubUrl = 'https://acme-hub.okta.com';

const leaseMs = 60_000;
const tenant = 'acme';

/**
 * A hub of `acme` whose test failed, with two people, of whom the hub refuses the first and the second differs, and a group
 * that it refuses. @returns the paths of its pages
 */
export async function addHub(ledger: Ledger): Promise<string[]> {
  await createHubLink(ledger, { tenant, orgUrl: hubUrl, createdBy: 'test' });
  await setHubClient(ledger, tenant, '0oaHub');
  await endTest(ledger);
  const userIds = ['00uHubOne', '00uHubTwo'];
  for (const spokeId of userIds)
    await assignToHub(ledger, {
      tenant,
      kind: 'person',
      spokeId,
      initialStatus: null,
      securityQuestion: null,
      assignedBy: 'test',
    });
  await requirePeople(ledger.db, { tenant, userIds, priority: 1 });
  await ledger.db
    .updateTable('mirrors')
    .set({ drift: ['login', 'secondEmail'] })
    .where('okta_user_id', '=', '00uHubTwo')
    .execute();
  const [person] = await listMirrors(ledger, { tenant, userIds: ['00uHubOne'], after: null, limit: 1 });
  const personId = person?.id ?? '';
  await refusePerson(ledger, personId);
  const group = await createMapping(ledger, { tenant, groupId: '00gHub', target: 'new', createdBy: 'test' });
  const groupId = group?.id ?? '';
  await refuseGroup(ledger, groupId);
  const runId = await addRun(ledger);
  const ofPeople = ['/people', `/people/${personId}`, '/assigned-groups'];
  const paths = ['', ...ofPeople, '/groups', `/groups/${groupId}`, '/runs', `/runs/${runId}`];
  return paths.map((path) => `/t/acme/hub${path}`);
}

/** A comparison that has ended, with one person in its report. */
async function addRun(ledger: Ledger): Promise<string> {
  const { id } = await requestComparison(ledger.db, {
    tenant,
    kind: 'people',
    isDryRun: false,
    requestedBy: 'schedule',
  });
  await ledger.db
    .insertInto('compared_people')
    .values({
      comparison_id: id,
      okta_user_id: '00uCompared',
      hub_user_id: '00uInHub',
      outcome: 'update',
      is_due: true,
    })
    .execute();
  await ledger.db
    .updateTable('comparisons')
    .set({ state: 'ended', ended_at: ledger.now(), counts: JSON.stringify({ compared: 41, due: 1, update: 1 }) })
    .where('id', '=', id)
    .execute();
  return id;
}

async function endTest(ledger: Ledger): Promise<void> {
  await requestHubTest(ledger, tenant);
  const claim = await claimHubTest(ledger, leaseMs);
  const checks = hubCheckNames.map((name) => ({
    name,
    passed: name !== 'may_create',
    message: 'as it was seen',
    grant: name === 'may_create' ? 'a role that may create users' : null,
  }));
  if (claim !== null) await endHubTest(ledger, claim, { orgUrl: hubUrl, checks });
}

async function refusePerson(ledger: Ledger, id: string): Promise<void> {
  const claimed = await claimMirror(ledger, { id, dispatchId: null, leaseMs });
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  await finishMirror(ledger, claimed.attempt, {
    state: 'new',
    wrote: false,
    isForgotten: false,
    content: null,
    problem: 'profile_refused',
    drift: null,
    fields: ['mobilePhone'],
  });
}

async function refuseGroup(ledger: Ledger, id: string): Promise<void> {
  const claimed = await claimGroup(ledger, 'push-group', { id, dispatchId: null, leaseMs });
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  const result = { name: 'Sales', wrote: false, problem: 'name_taken', members: null, isEnded: false } as const;
  await finishGroup(ledger, claimed.attempt, result);
}
