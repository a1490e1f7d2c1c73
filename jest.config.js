/**
 * Tests run in plain Node as native ES modules, from the output of tsc (`npm test` builds first). Jest's own runner
 * isolates every test file with vm modules and takes a third more CPU time; see docs/decisions/0029-tests-run-in-plain-node.md.
 */
export default {
  runner: '<rootDir>/infra/jest/runner.mjs',
  testMatch: ['<rootDir>/{apps,packages}/*/dist/**/*.{test,story}.js'],
  filter: '<rootDir>/infra/jest/drop-tests-without-source.cjs',
  testSequencer: '<rootDir>/infra/jest/longest-first.mjs',
  setupFiles: ['<rootDir>/infra/jest/set-up.mjs'],
  globalSetup: '<rootDir>/packages/ledger/dist/testing/start-server.js',
  globalTeardown: '<rootDir>/packages/ledger/dist/testing/stop-server.js',
  // Stories mostly wait: with four processes, two cores are busy while they do.
  maxWorkers: 4,
};
