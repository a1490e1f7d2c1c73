import pTimeout from 'p-timeout';

// Replaces `@jest/globals` (resolve-globals.mjs), because jest-light-runner has no timeouts: one test that waits for ever
// would block the whole run. So wide that a busy machine fails none.
const inTime =
  (run, milliseconds = 900_000) =>
  (...args) =>
    pTimeout(
      Promise.resolve().then(() => run(...args)),
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
