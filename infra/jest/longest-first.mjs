import TestSequencer from '@jest/test-sequencer';

const longest = ['redis.story', 'postgres.story'];

/**
 * The stories take minutes, most of them waiting: begun first they are told while everything else runs. Jest itself would
 * begin the smallest files last where it has not measured a run yet, as in a fresh clone.
 */
export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    const rank = ({ path }) => (longest.some((name) => path.endsWith(`/${name}.js`)) ? 0 : 1);
    return (await super.sort(tests)).toSorted((one, other) => rank(one) - rank(other));
  }
}
