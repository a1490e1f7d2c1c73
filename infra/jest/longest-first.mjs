import { basename } from 'node:path';

import TestSequencer from '@jest/test-sequencer';

const first = [
  'redis.story',
  'postgres.story',
  'commands.story',
  'power-cut-on-redis.story',
  'power-cut-on-postgres.story',
  'upgrade.story',
];

/**
 * Starts the stories first, because they take longest. Without measurements, as in a fresh clone, Jest would start them
 * last: it sorts by file size.
 */
export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const stories = first.flatMap((name) => sorted.filter(({ path }) => basename(path) === `${name}.js`));
    return [...new Set([...stories, ...sorted])];
  }
}
