import { basename } from 'node:path';

import TestSequencer from '@jest/test-sequencer';

const first = [
  'redis.story',
  'postgres.story',
  'commands.story',
  'power-cut-on-redis.story',
  'power-cut-on-postgres.story',
];

/**
 * The stories take longest: begun first, they are told while everything else runs. Jest itself would begin the smallest
 * files last where it has not measured a run yet, as in a fresh clone.
 */
export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const stories = first.flatMap((name) => sorted.filter(({ path }) => basename(path) === `${name}.js`));
    return [...new Set([...stories, ...sorted])];
  }
}
