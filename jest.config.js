/**
 * Tests run as everything else here runs: what tsc made of them (`npm test` builds first), in plain Node, by native ES
 * modules. Jest's own runner gives every test file a world of its own (vm modules) and takes a good third more of the processor's time; see
 * docs/decisions/0029-tests-run-in-plain-node.md.
 */
export default {
  runner: 'jest-light-runner/child-process',
  testMatch: ['<rootDir>/{apps,packages}/*/dist/**/*.{test,story}.js'],
  filter: '<rootDir>/infra/jest/keep-those-with-a-source.cjs',
  testSequencer: '<rootDir>/infra/jest/longest-first.mjs',
  setupFiles: ['<rootDir>/infra/jest/set-up.mjs'],
  globalSetup: '<rootDir>/packages/ledger/dist/testing/start-server.js',
  globalTeardown: '<rootDir>/packages/ledger/dist/testing/stop-server.js',
  maxWorkers: 3,
};
