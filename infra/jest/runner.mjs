import { createRunner } from 'jest-light-runner';

const runtime = 'child_process';
const request = 'jest-light-runner-get-worker-data';

/**
 * jest-light-runner 0.7 answers the first process that asks for its data by sending it to all of them, once. A process that
 * starts a second later does not listen yet, asks in vain, and the run never ends: so each is also answered itself.
 */
export default class extends createRunner({ runtime }) {
  #answered = new WeakSet();

  _runTest(test) {
    const ended = super._runTest(test);
    const { config: projectConfig } = test.context;
    const workerData = { globalConfig: this._globalConfig, projectConfig, runtime };
    // There are none where all tests run in this process.
    for (const { process: child } of this._testRunners.get(projectConfig).pool.threads ?? []) {
      if (this.#answered.has(child)) continue;
      this.#answered.add(child);
      child.on('message', (message) => {
        if (message === request) child.send({ type: 'jest-light-runner-worker-data', workerData });
      });
    }
    return ended;
  }
}
