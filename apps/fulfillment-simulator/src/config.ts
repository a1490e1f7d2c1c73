import { readFile } from 'node:fs/promises';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { speedSchema } from './clock/clock.ts';

/** The public half of an organization's PIN-copy key, exchanged out of band. A private key is refused. */
const pinCopyKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.enum(['P-256', 'P-384']),
  kid: z.string().min(1),
  x: z.base64url(),
  y: z.base64url(),
  use: z.literal('enc').optional(),
  alg: z.string().optional(),
});

const organization = z.strictObject({
  name: z.string().min(1),
  token: z.string().min(1),
  pinCopyKey: pinCopyKey.optional(),
});

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;

/** The file behind FULFILLMENT_SIMULATOR_CONFIG. `clockSpeed` applies to a new database; later, `PUT /sim/clock` sets it. */
export const configSchema = z.strictObject({
  organizations: z
    .array(organization)
    .min(1)
    .refine((all) => unique(all.map(({ name }) => name)), 'two organizations have the same name')
    .refine((all) => unique(all.map(({ token }) => token)), 'two organizations have the same token'),
  clockSpeed: speedSchema.optional(),
});

export type SimulatorConfig = z.infer<typeof configSchema>;
export type Organization = z.infer<typeof organization>;
export type PinCopyKey = z.infer<typeof pinCopyKey>;

/** @throws ProcessError `bad_config`, naming the file and the fields, never a token. */
export async function readConfig(path: string): Promise<SimulatorConfig> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // A JSON parser's message quotes the text around the fault, which may be a token.
    throw new ProcessError('bad_config', `FULFILLMENT_SIMULATOR_CONFIG: ${path} cannot be read as JSON`);
  }
  const parsed = configSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new ProcessError(
    'bad_config',
    `FULFILLMENT_SIMULATOR_CONFIG: ${path} is not usable:\n${z.prettifyError(parsed.error)}`,
  );
}
