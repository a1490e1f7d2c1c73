import { readFile } from 'node:fs/promises';

import { ProcessError } from '@keycourier/runtime/errors';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

import { tenantSchema } from './tenant.ts';

const configFile = z.strictObject({ tenants: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), tenantSchema) });

export type Config = z.output<typeof configFile>;

/**
 * Parses keycourier.yaml.
 * @throws ProcessError `bad_config`, with the path of every problem in the file
 */
export function parseConfig(text: string): Config {
  let yaml: unknown;
  try {
    yaml = parseYaml(text);
  } catch (cause) {
    throw new ProcessError('bad_config', 'The config file is not valid YAML', { cause });
  }
  const parsed = configFile.safeParse(yaml);
  if (!parsed.success)
    throw new ProcessError('bad_config', `The config file is not valid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** @throws ProcessError `bad_config` */
export async function readConfigFile(path: string): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProcessError('bad_config', `The config file ${path} cannot be read`, { cause });
  });
  return parseConfig(text);
}
