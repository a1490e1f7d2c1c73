// Runs once in every process of a test run, before its first test file.
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./resolve-globals.mjs', import.meta.url);
// The runner has gone, or has no more to do here: what a test left running keeps nobody any longer.
process.once('disconnect', () => process.exit());
