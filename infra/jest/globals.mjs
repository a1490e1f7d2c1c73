import pTimeout from 'p-timeout';

import { assertNothingLeft } from '../../packages/ledger/dist/testing/left-behind.js';

// Replaces `@jest/globals` (resolve-globals.mjs), because jest-light-runner has no timeouts: one test that waits for ever
// would block the whole run. So wide that a busy machine fails none.
const inTime =
  (run, milliseconds = 900_000) =>
  (...args) =>
    pTimeout(
      Promise.resolve().then(() => run(...args)),
      { milliseconds },
    );

const circus = globalThis;

let checked;

// The runner runs hooks in the order of their registration: this one comes after all that the file registers while it loads.
const checkFile = () => {
  const { testPath } = circus.expect.getState();
  if (testPath === checked) return;
  checked = testPath;
  circus.beforeAll(() => void circus.afterAll(() => assertNothingLeft()));
};

/** Every file calls one of these first. */
const inFile =
  (register) =>
  (...args) => {
    checkFile();
    return register(...args);
  };

const timedHook = (hook) => inFile((run, timeoutMs) => hook(inTime(run, timeoutMs)));

const timedTest = (test) =>
  Object.assign(
    inFile((name, run, timeoutMs) => test(name, inTime(run, timeoutMs))),
    {
      each: (...table) => inFile((name, run, timeoutMs) => test.each(...table)(name, inTime(run, timeoutMs))),
    },
  );

export const { expect } = circus;

export const describe = Object.assign(inFile(circus.describe), circus.describe, {
  each: (...table) => inFile(circus.describe.each(...table)),
});

export const test = Object.assign(timedTest(circus.test), {
  only: timedTest(circus.test.only),
  skip: circus.test.skip,
});

export const beforeAll = timedHook(circus.beforeAll);
export const beforeEach = timedHook(circus.beforeEach);
export const afterAll = timedHook(circus.afterAll);
export const afterEach = timedHook(circus.afterEach);
