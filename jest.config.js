/** Tests run on the TypeScript sources: swc strips the types (tsc checks them apart), and the export condition `source` finds them. */
export default {
  testMatch: ['<rootDir>/{apps,packages}/*/src/**/*.{test,story}.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  globalSetup: '<rootDir>/packages/ledger/src/testing/start-server.ts',
  globalTeardown: '<rootDir>/packages/ledger/src/testing/stop-server.ts',
  maxWorkers: 3,
  // Waits are for conditions; this only ends a test that waits for something that will never come.
  testTimeout: 120_000,
};
