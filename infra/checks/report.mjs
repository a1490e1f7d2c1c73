/**
 * Ends a check: a line for each failure, and the exit code.
 * @param {string[]} failures
 */
export function report(failures) {
  for (const failure of failures) console.error(`✗ ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
