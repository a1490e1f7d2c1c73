import pTimeout from 'p-timeout';

// What `@jest/globals` is in this house (resolve-globals.mjs). jest-light-runner knows no timeouts: without these, a test
// that waits for something that never comes would keep the whole run waiting.
const inTime =
  (run, milliseconds = 120_000) =>
  (...given) =>
    pTimeout(
      Promise.resolve().then(() => run(...given)),
      { milliseconds },
    );

const circus = globalThis;

export const { describe, expect } = circus;

export const test = Object.assign((name, run, timeoutMs) => circus.test(name, inTime(run, timeoutMs)), {
  skip: circus.test.skip,
  each:
    (...table) =>
    (name, run, timeoutMs) =>
      circus.test.each(...table)(name, inTime(run, timeoutMs)),
});

export const beforeAll = (run, timeoutMs) => circus.beforeAll(inTime(run, timeoutMs));
export const beforeEach = (run, timeoutMs) => circus.beforeEach(inTime(run, timeoutMs));
export const afterAll = (run, timeoutMs) => circus.afterAll(inTime(run, timeoutMs));
export const afterEach = (run, timeoutMs) => circus.afterEach(inTime(run, timeoutMs));
