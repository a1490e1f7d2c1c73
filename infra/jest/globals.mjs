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

const timedHook = (hook) => (run, timeoutMs) => hook(inTime(run, timeoutMs));

const timedTest = (test) =>
  Object.assign((name, run, timeoutMs) => test(name, inTime(run, timeoutMs)), {
    each:
      (...table) =>
      (name, run, timeoutMs) =>
        test.each(...table)(name, inTime(run, timeoutMs)),
  });

const circus = globalThis;

export const { describe, expect } = circus;

export const test = Object.assign(timedTest(circus.test), {
  only: timedTest(circus.test.only),
  skip: circus.test.skip,
});

export const beforeAll = timedHook(circus.beforeAll);
export const beforeEach = timedHook(circus.beforeEach);
export const afterAll = timedHook(circus.afterAll);
export const afterEach = timedHook(circus.afterEach);
