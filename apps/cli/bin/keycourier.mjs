#!/usr/bin/env node
// A file of its own, so that npm finds something to link before the first build.

// First of all: a key that came by --key is not to be read in ps for longer than the start took. `argv` keeps it.
process.title = 'keycourier';
await import('../dist/main.js');
