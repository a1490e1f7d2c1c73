// Runs once in every process of a test run, before its first test file.
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./resolve-globals.mjs', import.meta.url);
