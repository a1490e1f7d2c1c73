import { join } from 'node:path';

import express from 'express';
import { z } from 'zod';

import { ProcessError } from './errors.ts';
import { nearest } from './nearest.ts';
import { postgresUrl, redisUrl } from './service-url.ts';

const port = (standard: number) =>
  z.coerce.number('must be a port, from 0 to 65535').int().min(0).max(65_535).default(standard);

function isTrustable(proxies: string[]): boolean {
  try {
    express().set('trust proxy', proxies);
    return true;
  } catch {
    return false;
  }
}

/**
 * The environment variables that more than one process reads. A process picks those that it uses:
 * `z.object({ DATABASE_URL: variables.DATABASE_URL, PORT: … })`. A port of 0 means any free one.
 */
export const variables = {
  KEYCOURIER_CONFIG: z.string().min(1).optional(),
  KEYCOURIER_DATA_DIR: z.string().min(1).default('.keycourier'),
  KEYCOURIER_MODE: z.enum(['local', 'simulators', 'production']).default('production'),
  SEALING_KEYS_FILE: z.string().min(1).optional(),
  DATABASE_URL: postgresUrl,
  REDIS_URL: redisUrl.optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  RECEIVER_PORT: port(8080),
  API_PORT: port(8081),
  CONSOLE_PORT: port(8082),
  SCIM_PORT: port(8083),
  /** Where SCIM clients reach the connections, as `https://scim.example.com`; where the process listens, by default. */
  SCIM_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  OKTA_SIMULATOR_PORT: port(8090),
  FULFILLMENT_SIMULATOR_PORT: port(8091),
  SMTP_PORT: port(8025),
  INBOX_PORT: port(8026),
  /** Reverse proxies in Express's notation, separated by commas: `loopback`, `uniquelocal`, `10.0.0.0/8`. */
  TRUSTED_PROXIES: z
    .string()
    .min(1)
    .default('loopback')
    .transform((list) => list.split(',').map((one) => one.trim()))
    .refine(isTrustable, 'must be addresses or networks with commas between, or loopback, linklocal, uniquelocal'),
  METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  METRICS_PORT: port(0),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};

/** What each process reads that answers requests by the ledger. */
export const serverVariables = {
  KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
  KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
  KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
  SEALING_KEYS_FILE: variables.SEALING_KEYS_FILE,
  DATABASE_URL: variables.DATABASE_URL,
  HOST: variables.HOST,
  METRICS_HOST: variables.METRICS_HOST,
  METRICS_PORT: variables.METRICS_PORT,
  LOG_LEVEL: variables.LOG_LEVEL,
};

interface FileVariables {
  KEYCOURIER_DATA_DIR: string;
  KEYCOURIER_CONFIG?: string | undefined;
  SEALING_KEYS_FILE?: string | undefined;
}

/** The config file and the sealing keys: files in the data dir, unless a variable names others. */
export const standardFiles = ({ KEYCOURIER_DATA_DIR: dir, KEYCOURIER_CONFIG, SEALING_KEYS_FILE }: FileVariables) => ({
  KEYCOURIER_CONFIG: KEYCOURIER_CONFIG ?? join(dir, 'keycourier.yaml'),
  SEALING_KEYS_FILE: SEALING_KEYS_FILE ?? join(dir, 'keys', 'sealing.json'),
});

/**
 * Parses the environment. An empty variable counts as unset, as in a shell's `${X:-default}`.
 * @throws ProcessError `bad_environment`: one line per problem, each naming the variable, never its value.
 */
export function parseEnvironment<Shape extends z.ZodType>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<Shape> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = shape.safeParse(set);
  const problems = [...(parsed.success ? [] : [z.prettifyError(parsed.error)]), ...misspelt(shape, Object.keys(set))];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ProcessError('bad_environment', `The environment is not valid:\n${problems.join('\n')}`);
}

/** Read by the command line, by Compose and by the tests. */
const otherVariables = [
  'KEYCOURIER_URL',
  'KEYCOURIER_API_KEY',
  'KEYCOURIER_RECEIVER_URL',
  'KEYCOURIER_OKTA_SETUP_TOKEN',
  'KEYCOURIER_CONFIG_FILE',
  'KEYCOURIER_SECRETS_DIR',
  'KEYCOURIER_KEEP_STORIES',
];

const shapeOfEnvironment = z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() });

/**
 * Variables that were probably meant as one of the shape's that is not set: ignored, they would be a setting that has no
 * effect. Short names may belong to others; a platform's own, such as Kubernetes' service variables, are not that close.
 */
function misspelt(shape: z.ZodType, names: readonly string[]): string[] {
  const json = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
  const own = Object.keys(shapeOfEnvironment.parse(json).properties ?? {});
  return misspeltVariables(own, names).map(({ name, meant }) => `✖ ${didYouMean(meant)}\n  → at ${name}`);
}

export const didYouMean = (meant: string): string => `is not known: did you mean ${meant}?`;

/** The names that were probably meant as one of `own`. */
export function misspeltVariables(own: readonly string[], names: readonly string[]): { name: string; meant: string }[] {
  const known = new Set([...own, ...Object.keys(variables), ...otherVariables]);
  const candidates = own.filter((name) => name.length >= 12 && !names.includes(name));
  return names
    .filter((name) => !known.has(name) && /^[A-Z][A-Z0-9_]{9,}$/.test(name))
    .flatMap((name) => {
      const meant = nearest(name, candidates);
      return meant === null ? [] : [{ name, meant }];
    });
}
