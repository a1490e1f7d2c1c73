import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dumpTables } from '@keycourier/ledger/testing/search-database';
import { withOutcomes } from '@keycourier/ledger/testing/statement-outcomes';

import { bulkOf, clientOf, patchOf } from '../testing/requests.ts';
import { runScim, triggerGroup, type Answer, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
let ids: string[] = [];
let group = '';
beforeAll(async () => {
  scim = await runScim();
  okta = clientOf(scim);
  ids = [await okta.user('ada'), await okta.user('grace'), await okta.user('mary')];
  group = await okta.group(triggerGroup, ids.slice(0, 2));
});
afterAll(() => scim.stop());

/** All that a request may change; counts of answers are no part of it. */
const written = [
  'people',
  'person_attributes',
  'directory_groups',
  'directory_members',
  'directory_sizes',
  'inbound_events',
  'outbox',
];
const state = () => dumpTables(scim.database.url, written);

const value = (id: string | undefined) => [{ value: id }];
let names = 0;

const requests: Readonly<Record<string, () => Promise<Answer>>> = {
  'POST of a user': () =>
    okta.send('POST', '/Users', {
      userName: `new${(names += 1)}`,
      emails: [{ value: 'a@mail.example' }],
      externalId: `00u${names}`,
    }),
  'PATCH of a user: renamed, deactivated and more': () =>
    okta.send(
      'PATCH',
      `/Users/${ids[2]}`,
      patchOf({
        op: 'replace',
        value: { userName: `mary${(names += 1)}`, title: `t${names}`, active: names % 2 === 0 },
      }),
    ),
  'PUT of a group whose members get keys': () =>
    okta.send('PUT', `/Groups/${group}`, {
      displayName: triggerGroup,
      externalId: `x${(names += 1)}`,
      members: value(ids[names % 3]),
    }),
  'PATCH of a group: members out and in': () =>
    okta.send(
      'PATCH',
      `/Groups/${group}`,
      patchOf(
        { op: 'remove', path: 'members' },
        { op: 'add', path: 'members', value: value(ids[(names += 1) % 3]) },
        { op: 'replace', path: 'externalId', value: `y${names}` },
      ),
    ),
  'Bulk of a user, a group with them, a rename and a deletion': () => {
    const name = `bulk${(names += 1)}`;
    return okta.send(
      'POST',
      '/Bulk',
      bulkOf(
        { method: 'POST', path: '/Users', bulkId: 'u', data: { userName: name } },
        { method: 'POST', path: '/Groups', bulkId: 'g', data: { displayName: name, members: value('bulkId:u') } },
        { method: 'PATCH', path: `/Users/${ids[0]}`, data: patchOf({ op: 'replace', path: 'title', value: name }) },
        { method: 'DELETE', path: '/Users/bulkId:u' },
      ),
    );
  },
};

/** Sends it while one statement's connection is lost, as all are of a process that is killed. Its answer, and what has changed. */
async function sendWith(send: () => Promise<Answer>, outcomeOf: Parameters<typeof withOutcomes>[0]) {
  let answer: Answer | undefined;
  await withOutcomes(outcomeOf, async () => {
    answer = await send();
  });
  const now = await state();
  const isChanged = JSON.stringify(now) !== JSON.stringify(last);
  last = now;
  return { status: answer?.status ?? 0, isChanged };
}

/** Or the one statement that inserts a user, where no transaction was begun for it. */
const isCommit = (text: string, begun: number): boolean =>
  begun === 0 ? text.includes('insert into people') : text === 'commit';

let last: Awaited<ReturnType<typeof state>> = {};

test.each(Object.keys(requests))(
  '%s: an end at any statement leaves nothing, and after the commit all of it',
  async (name) => {
    const send = requests[name] ?? (() => Promise.reject(new RangeError(name)));
    let total = 0;
    let [begun, commits] = [0, 0];
    const whole = await sendWith(send, (number, text, before) => {
      total = number;
      if ([...before, text].includes('begin')) begun += 1;
      if (isCommit(text, begun)) commits += 1;
      return 'sent';
    });
    expect(whole.status).toBeLessThan(300);
    expect([total > 1, commits]).toEqual([true, 1]);
    for (let cut = 1; cut <= total; cut += 1) {
      const { status, isChanged } = await sendWith(send, (number) => (number === cut ? 'lost_before' : 'sent'));
      expect([cut, status, isChanged]).toEqual([cut, isChanged ? expect.any(Number) : 503, status < 300]);
    }
    const committed = await sendWith(send, (_number, text) => (isCommit(text, begun) ? 'lost_after' : 'sent'));
    expect(committed).toEqual({ status: 503, isChanged: true });
  },
);
