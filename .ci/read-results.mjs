/** Reads Jest's reports: `counts <report> <report of files that ran again>` prints passed and failed, `ended <report>` the files to run again. */
import { readFileSync } from 'node:fs';

const [what, first, again] = process.argv.slice(2);

const none = { numPassedTests: 0, numFailedTests: 0, testResults: [] };

function read(path) {
  try {
    return { ...none, ...JSON.parse(readFileSync(path, 'utf8')) };
  } catch {
    return none;
  }
}

const isBroken = ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0;
const isEnded = (file) => isBroken(file) && /Worker exited unexpectedly/.test(file.message);

const report = read(first);
const ended = report.testResults.filter(isEnded);
if (what === 'ended') for (const { name } of ended) console.log(name);
else {
  const more = read(again);
  const broken = [
    ...report.testResults.filter((file) => isBroken(file) && !isEnded(file)),
    ...more.testResults.filter(isBroken),
  ];
  // One that was to run again and has no result is broken, too.
  const missing = Math.max(0, ended.length - more.testResults.length);
  const passed = report.numPassedTests + more.numPassedTests;
  console.log(passed, report.numFailedTests + more.numFailedTests + broken.length + missing);
}
