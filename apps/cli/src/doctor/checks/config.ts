import { readConfigFile } from '@keycourier/config/config-file';
import { ProcessError } from '@keycourier/runtime/errors';

import type { Check, SetUpUnderCheck } from '../check.ts';
import { green, red } from '../finding.ts';

/** keycourier.yaml can be read, and says something that every process can use. */
export const config: Check<SetUpUnderCheck> = {
  name: 'config',
  run: async ({ setUp: { configPath } }) => {
    try {
      const { tenants } = await readConfigFile(configPath);
      const names = Object.keys(tenants);
      if (names.length === 0) return red(`${configPath} has no tenants`, 'describe one below tenants');
      return green(`${configPath} is usable: ${names.join(', ')}`);
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      return red(error.message.replaceAll(/\s*\n\s*/g, ' '), 'correct what it names; KEYCOURIER_CONFIG names the file');
    }
  },
};
