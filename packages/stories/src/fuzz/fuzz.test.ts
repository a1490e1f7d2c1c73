import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { bytesOf } from './input.ts';
import { growing, reportLines } from './report.ts';
import { createInputs, judge, runFuzz } from './run-fuzz.ts';
import { startTargets, type Targets } from './targets.ts';

let targets: Targets;
beforeAll(async () => {
  targets = await startTargets();
});
afterAll(() => targets.stop());

/** The same inputs in each run, so that no change fails at an input of another day; `npm run fuzz -- --seed` makes others. */
const seed = Number(process.env['SEED'] ?? 1);

describe('hostile inputs', () => {
  test('crash no app, get no 5xx, are all answered, and leave no memory behind', async () => {
    const report = await runFuzz(targets, {
      seed,
      inputs: 1_760,
      connections: 8,
      // How soon they are answered is what `npm run fuzz` judges, on a machine that does nothing else.
      maxWaitMs: 240_000,
      failuresDir: join(tmpdir(), 'keycourier-fuzz'),
    });
    const lines = reportLines(report).join('\n');
    process.stdout.write(`${lines}\n`);
    expect(report.failures).toEqual([]);
    expect(report.inputs).toBe(1_760);
    expect(growing(report)).toEqual([]);
    for (const { inputs, answers } of Object.values(report.kinds)) {
      expect(inputs).toBeGreaterThan(200);
      expect(Object.keys(answers).length).toBeGreaterThan(1);
    }
    // Inputs that nothing accepts would prove nothing. Of the files, more are answered 429 the busier the machine is.
    expect(report.kinds.hook.answers['204']).toBeGreaterThan(20);
    for (const { answers } of [report.kinds.csv, report.kinds['json-batch']]) {
      expect(answers['202']).toBeGreaterThan(0);
      expect((answers['202'] ?? 0) + (answers['429'] ?? 0)).toBeGreaterThan(5);
    }
    expect(report.kinds.board.answers['200']).toBeGreaterThan(10);
    for (const status of ['200', '201', '400', '404']) expect(report.kinds.scim.answers[status]).toBeGreaterThan(2);
  });

  test('of one seed and number are always the same', () => {
    const inputOf = createInputs(targets);
    const again = createInputs(targets);
    for (const number of [0, 1, 2, 3, 4, 5, 6, 7, 800]) expect(inputOf(7, number)).toEqual(again(7, number));
    expect(inputOf(7, 8)).not.toEqual(inputOf(8, 8));
  });
});

describe('an outcome', () => {
  const whole = {
    kind: 'api',
    app: 'api',
    pieces: [bytesOf({ method: 'GET', target: '/', headers: [], body: null })],
    pauseMs: 0,
    isWhole: true,
  } as const;
  const fine = { statuses: [200], isHonest: true, isScim: true, waitMs: 5 };

  test.each([
    ['an answer', whole, fine, null],
    ['500', whole, { ...fine, statuses: [200, 500] }, 'answered 500'],
    [
      '503 without Retry-After',
      whole,
      { ...fine, statuses: [503], isHonest: false },
      'answered 503 without Retry-After',
    ],
    ['503 with it', whole, { ...fine, statuses: [503] }, null],
    ['no answer', whole, { ...fine, statuses: [], waitMs: null }, 'no answer'],
    ['no answer to half a request', { ...whole, isWhole: false }, { ...fine, statuses: [], waitMs: null }, null],
    [
      'an error of another form',
      { ...whole, kind: 'scim' as const, app: 'scim' as const },
      { ...fine, isScim: false },
      'answered an error that is no SCIM error',
    ],
    ['a late answer', whole, { ...fine, waitMs: 2_100 }, 'answered after 2100 ms'],
  ])('%s is judged', (_what, input, outcome, expected) => {
    expect(judge(targets, input, outcome)).toBe(expected);
  });
});
