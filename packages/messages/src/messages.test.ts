import { readdir, readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';
import { addressProblemCodes } from '@keycourier/address/problem';
import { holdCodes } from '@keycourier/journey/model/holds';
import { profileFields } from '@keycourier/journey/model/profile';
import { moveCodes } from '@keycourier/journey/model/whose-move';

import { bulkTexts } from './bulk.ts';
import { describeProblem } from './describe-problem.ts';
import { describeEvent, describeEventReason } from './events.ts';
import { describeHold } from './holds.ts';
import { describeRunProblem } from './hub-people.ts';
import { problemMessages } from './problems.ts';
import { refusalMessages } from './refusals.ts';
import { describeRegistration } from './registration.ts';
import { remedyFor } from './remedies.ts';
import { requestMessages } from './requests.ts';
import { describeMove } from './whose-move.ts';

const isMessage = /^["`A-Za-z].{15,}[.]$/;

describe('messages', () => {
  test('exist for every problem that a step puts on a shipment', async () => {
    const journey = new URL('../../journey/src/', import.meta.url);
    const files = (await readdir(journey, { recursive: true })).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    );
    const text = (await Promise.all(files.map((name) => readFile(new URL(name, journey), 'utf8')))).join('\n');
    const problems = [...text.matchAll(/\{ field(?:: ([^,\n]*))?, code: '(\w+)'/g)].map(
      ([, named = '', code = '']) => ({ field: /'(\w+)'/.exec(named)?.[1] ?? 'city', code }),
    );
    const codes = new Set(problems.map(({ code }) => code));
    for (const code of ['provider_suggests_another', 'undeliverable', 'transit_too_long', 'not_a_member'])
      expect(codes).toContain(code);
    expect(codes.size).toBeGreaterThan(12);
    const missing = problems.filter(({ field, code }) =>
      describeProblem({ field, code }).message.includes(`"${code}"`),
    );
    expect(missing).toEqual([]);
  });

  test('exist for every problem with which a run of a hub fails', async () => {
    const stage = new URL('../../journey/src/7-hub/', import.meta.url);
    const files = await Promise.all(
      ['compare-page.ts', 'import-page.ts'].map((name) => readFile(new URL(name, stage), 'utf8')),
    );
    const codes = [...files.join('\n').matchAll(/fail\((?:context, attempt|job), '(\w+)'\)/g)].map(
      ([, code = '']) => code,
    );
    expect(codes).toEqual(expect.arrayContaining(['empty_list', 'hub_is_empty', 'no_hub']));
    for (const code of [...codes, 'missing_scope', 'forbidden', 'refused'])
      expect([code, describeRunProblem(code)]).toEqual([code, expect.stringMatching(isMessage)]);
  });

  test('for address problems are those of the address rules', () => {
    for (const field of profileFields)
      for (const code of addressProblemCodes) expect(describeProblem({ field, code }).message).toMatch(isMessage);
  });

  test.each([
    [{ field: 'order', code: 'provider_state_107' }, /state 107/],
    [{ field: 'okta', code: 'http_400' }, /"okta".*400/],
    [{ field: 'pinResponseJwe', code: 'E0000001' }, /"pinResponseJwe".*"E0000001"/],
    [{ field: 'mailing_address.zip', code: 'constructor' }, /"mailing_address.zip".*"constructor"/],
    [{ field: 'foo', code: 'unknown_field' }, /^Unknown field `foo`\. Remove it\.$/],
  ])('for %j name what is known', (problem, expected) => {
    expect(describeProblem(problem)).toEqual({ ...problem, message: expect.stringMatching(expected) });
  });

  test('are sentences that say what to do', () => {
    const all = [
      ...holdCodes.map(describeHold),
      ...moveCodes.map(describeMove),
      ...Object.values(problemMessages),
      ...Object.values(refusalMessages),
      ...Object.values(requestMessages).map((message) => message('field')),
    ];
    for (const message of all) expect(message).toMatch(isMessage);
  });

  test.each(['a_new_code', 'constructor'])('for the unknown hold %s say where to look', (code) => {
    expect(describeHold(code)).toBe('The shipment is held. See it in the API, then retry.');
  });

  test('about a cause are one remedy, which names the one thing to correct', () => {
    expect(remedyFor('profile_problems primaryPhone/missing')).toMatchObject({
      code: 'profile_problems',
      happened: expect.stringMatching(/phone.*is missing: enter it\.$/),
      toDo: 'After that, retry, and all of them continue.',
      problems: [{ field: 'primaryPhone', code: 'missing' }],
    });
    const several = remedyFor('profile_problems city/missing primaryPhone/missing');
    expect(several.problems).toHaveLength(2);
    expect(`${several.happened} ${several.toDo}`).toBe(describeHold('profile_problems'));
    expect(remedyFor('parcel_lost').toDo).toBe(remedyFor('parcel_lost parcel/x').toDo);
    expect(remedyFor('a_new_code').happened).toBe('The shipment is held.');
  });

  test.each([
    ['ignored', 'flow off', 0, 'Ignored: the flow was off when the event was published.'],
    [
      'ignored',
      'the user is in the group',
      1,
      'Ignored: the user is in the group. Delivered once more, which changed nothing.',
    ],
    ['set_aside', 'constructor', 0, 'Set aside, since it could not be understood: constructor.'],
    ['accepted', 'a_new_code', 2, 'Accepted: a new code. Delivered 2 times more, which changed nothing.'],
    ['received', null, 0, 'Received, and not decided yet.'],
    [
      'ignored',
      'already_open (shp_01kab)',
      0,
      'Ignored: the person has an open shipment for this purpose (shp_01kab).',
    ],
    ['ignored', 'a_new_code (shp_01kab)', 0, 'Ignored: a new code (shp_01kab).'],
  ])('about an event that was %s for %j, and came %d times more', (outcome, reason, redeliveries, sentence) => {
    expect(describeEvent(outcome, reason, redeliveries)).toBe(sentence);
  });

  test('about an action on a filter count one as one', () => {
    const titles = (count: string) => Object.values(bulkTexts).map(({ title }) => title(count));
    for (const title of titles('1')) expect(title).toMatch(/1 (shipment|hold)$/);
    for (const title of titles('1,000+')) expect(title).toMatch(/1,000\+ (shipments|holds)$/);
  });

  test('about an event beside a mark that says what became of it', () => {
    expect(describeEventReason('ignored', 'flow off')).toBe('The flow was off when the event was published.');
    expect(describeEventReason('accepted', null)).toBeNull();
    expect(describeEventReason('set_aside', 'too_large')).toBe(describeEvent('set_aside', 'too_large'));
  });

  test('about what Okta shows of a person, with the reason where it cannot be written', () => {
    expect(describeRegistration(null)).toBeNull();
    expect(describeRegistration({ state: 'not_ready', problem: null })).toBe('as having none');
    expect(describeRegistration({ state: 'problem', problem: 'user_not_found' })).toBe(
      'not written: Okta has no such user any more.',
    );
  });
});
