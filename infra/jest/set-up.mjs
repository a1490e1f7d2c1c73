// Runs once in every process of a test run, before its first test file.
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./resolve-globals.mjs', import.meta.url);
// The runner is gone or has finished: handles that a test left open must not keep this process alive.
process.once('disconnect', () => process.exit());
