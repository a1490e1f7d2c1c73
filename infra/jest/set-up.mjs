// Runs once in every process of a test run, before its first test file.
import { register } from 'node:module';

import fc from 'fast-check';

import { watchForLeftBehind } from '../../packages/ledger/dist/testing/left-behind.js';

process.setSourceMapsEnabled(true);
register('./resolve-globals.mjs', import.meta.url);
// The runner is gone or has finished: handles that a test left open must not keep this process alive.
process.once('disconnect', () => process.exit());

// The same cases in each run, so that no change fails at a case of another; SEED=2 makes others.
fc.configureGlobal({ seed: Number(globalThis.process.env['SEED'] ?? 1) });

watchForLeftBehind();
