import { readConfigFile } from '@keycourier/config/config-file';
import { ProcessError } from '@keycourier/runtime/errors';

import type { Check, SetupUnderCheck } from '../check.ts';
import { green, red } from '../finding.ts';

/** keycourier.yaml is readable and valid. */
export const config: Check<SetupUnderCheck> = {
  name: 'config',
  run: async ({ setup: { configPath }, environment }) => {
    try {
      const { tenants } = await readConfigFile(configPath, environment['KEYCOURIER_MODE']);
      const names = Object.keys(tenants);
      if (names.length === 0) return red(`${configPath} has no tenants`, 'add one under tenants');
      return green(`${configPath} is valid: ${names.join(', ')}`);
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      return red(
        error.message.replaceAll(/\s*\n\s*/g, ' '),
        'fix the setting it names; KEYCOURIER_CONFIG sets the path',
      );
    }
  },
};
