import { didYouMean, misspeltVariables, variables } from '@keycourier/runtime/environment';

import type { Check, SetupUnderCheck } from '../check.ts';
import { green, red } from '../finding.ts';

/** The variables of key files; each process checks its own too. */
const files = ['SEALING_KEYS_FILE', 'PIN_COPY_KEY_FILE', 'CONSOLE_OPERATORS_FILE', 'SESSION_SECRET_FILE'];

/** No variable resembles one of ours that is not set. */
export const environmentNames: Check<SetupUnderCheck> = {
  name: 'environment',
  run: ({ environment: all }) => {
    const names = Object.keys(all).filter((name) => (all[name] ?? '') !== '');
    const problems = misspeltVariables([...Object.keys(variables), ...files], names);
    if (problems.length === 0) return Promise.resolve(green('no variable looks like a misspelt one'));
    const message = problems.map(({ name, meant }) => `${name} ${didYouMean(meant)}`).join('; ');
    return Promise.resolve(red(message, 'rename it: every process that reads it refuses to start'));
  },
};
