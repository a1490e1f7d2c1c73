import { parseArgs } from 'node:util';

import { variables } from '@keycourier/runtime/environment';
import { z } from 'zod';

/** The environment of `npm start` and `npm run demo`; a port of 0 means any free one. */
export const localEnvironment = z.object({
  KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
  KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
  DATABASE_URL: variables.DATABASE_URL.optional(),
  REDIS_URL: variables.REDIS_URL,
  RECEIVER_PORT: variables.RECEIVER_PORT,
  API_PORT: variables.API_PORT,
  CONSOLE_PORT: variables.CONSOLE_PORT,
  SCIM_PORT: variables.SCIM_PORT,
  OKTA_SIMULATOR_PORT: variables.OKTA_SIMULATOR_PORT,
  FULFILLMENT_SIMULATOR_PORT: variables.FULFILLMENT_SIMULATOR_PORT,
  SMTP_PORT: variables.SMTP_PORT,
  INBOX_PORT: variables.INBOX_PORT,
  LOG_LEVEL: variables.LOG_LEVEL,
});

export type LocalEnvironment = z.output<typeof localEnvironment>;

/**
 * `--hub`: people sign in in a hub, a second org, as where a company has several.
 * @throws TypeError for any other argument
 */
export const localOptions = (args: string[]): { hub: boolean } =>
  parseArgs({ args, options: { hub: { type: 'boolean', default: false } } }).values;

/** The hub of `acme` with `--hub`. */
export const hubName = 'acme-hub';
