import { readFile } from 'node:fs/promises';

import { ProcessError } from '@keycourier/runtime/errors';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

import { refuseGenerated } from './generated.ts';
import { checkSources, hrisMapping, sources } from './profile-sources.ts';

/** A secret is never in the file itself: it names an environment variable, or a file that only the process may read. */
export const secretReference = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);

export type SecretReference = z.infer<typeof secretReference>;

const digits = z.coerce.string().regex(/^\d+$/, 'must be a number');
const customizationId = z.string().min(1).max(64);

/** `15m`, `12h`, `2s`, `500ms`; at most 30 days. */
const duration = z.string().transform((text, context) => {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const milliseconds = Number(count) * (unitsMs[unit ?? ''] ?? Number.NaN);
  if (!(milliseconds <= 30 * 86_400_000)) context.addIssue('must be a duration such as 500ms, 30s, 15m, 12h or 2d');
  return milliseconds;
});

const product = z.strictObject({ productId: digits, inventoryProductId: digits, customizationId });

const group = z
  .strictObject({
    id: z.string().min(1).optional(),
    name: z.string().min(1).optional(),
    productId: digits,
    inventoryProductId: digits.optional(),
    customizationId: customizationId.optional(),
  })
  .refine(({ id, name }) => (id === undefined) !== (name === undefined), 'a group is given by its id or by its name');

const tenant = z
  .strictObject({
    okta: z.strictObject({
      orgUrl: z.url(),
      auth: z.union([
        z.strictObject({ token: secretReference }),
        z.strictObject({
          clientId: z.string().min(1),
          /** PEM (PKCS#8) or JWK, RSA or EC. */
          privateKey: secretReference,
          /** The registered key's `kid`, where the key is PEM and the app has several. */
          keyId: z.string().min(1).optional(),
        }),
      ]),
      rpId: z.string().min(1).optional(),
    }),
    hook: z.strictObject({ secrets: z.array(secretReference).min(1).max(2) }),
    fulfillment: z.strictObject({
      apiUrl: z.url(),
      keysUrl: z.url(),
      token: secretReference,
      /** The token's last day, where it has one: `doctor` warns a month before. */
      tokenExpires: z.iso.date().optional(),
      deliveryType: z.union([z.literal(1), z.literal(2)]).default(1),
      /** Out of band, this provider seals a copy of each PIN to our key; channel `smtp` needs it. */
      pinCopy: z.boolean().default(false),
    }),
    /** A personnel system: one GET for a person, answered with JSON. URL and mapping are read when the worker starts. */
    hris: z
      .strictObject({
        url: z.string().min(1),
        auth: z.union([
          z.strictObject({ bearer: secretReference }),
          z.strictObject({
            basic: z.strictObject({
              user: z.string().regex(/^[^:\p{Cc}]+$/u, 'is text without a colon'),
              password: secretReference,
            }),
          }),
        ]),
        mapping: hrisMapping,
        /** Whether PINs may go to addresses that the HRIS names. */
        pinAddresses: z.boolean().default(false),
      })
      .optional(),
    sources: sources.optional(),
    products: z.array(product).min(1),
    groups: z.array(group).default([]),
    pin: z
      .strictObject({
        recipient: z.enum(['auto', 'both']).default('auto'),
        channel: z.enum(['smtp', 'okta']).default('smtp'),
        release: z.enum(['on_activation', 'on_delivery', 'on_receipt']).default('on_activation'),
      })
      .prefault({}),
    mail: z
      .strictObject({
        from: z.string().min(3),
        smtp: z.union([z.url(), secretReference]),
        plain: z.boolean().default(false),
      })
      .optional(),
    polling: z
      .strictObject({
        firstAfter: duration.default(15 * 60_000),
        every: duration.default(6 * 3_600_000),
        maxTransitDays: z.int().min(1).max(365).default(30),
      })
      .prefault({}),
    reconcileAfter: duration.default(120_000),
    /** For how many days what names a person is kept, once it is of no more use; then the worker erases it. */
    retention: z
      .strictObject({
        personalDataDays: z.int().min(1).max(3_650).default(90),
        eventBodyDays: z.int().min(1).max(3_650).default(30),
      })
      .prefault({}),
    maxRequestsInFlight: z.int().min(1).max(100).default(1),
  })
  .superRefine((given, context) => {
    const issue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (given.pin.channel === 'smtp' && !given.fulfillment.pinCopy)
      issue(
        ['pin', 'channel'],
        'smtp needs a provider that seals a copy of the PIN to us (fulfillment.pinCopy); use okta',
      );
    if (given.pin.channel === 'smtp' && given.mail === undefined) issue(['mail'], 'is needed for pin.channel smtp');
    if (given.pin.channel === 'okta' && given.pin.recipient === 'both')
      issue(['pin', 'recipient'], 'both is not possible with channel okta: Okta picks the address');
    checkSources(given, issue);
    for (const [index, row] of given.groups.entries()) {
      const fitting = given.products.filter((one) => fits(row, one));
      if (fitting.length !== 1)
        issue(['groups', index], `must mean exactly one entry of products, and means ${fitting.length}`);
    }
  });

function fits(
  row: { productId: string; inventoryProductId?: string | undefined; customizationId?: string | undefined },
  one: z.infer<typeof product>,
): boolean {
  return (
    row.productId === one.productId &&
    (row.inventoryProductId ?? one.inventoryProductId) === one.inventoryProductId &&
    (row.customizationId ?? one.customizationId) === one.customizationId
  );
}

const configFile = z.strictObject({ tenants: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), tenant) });

export type TenantConfig = z.output<typeof tenant>;
export type Config = z.output<typeof configFile>;

/**
 * Parses keycourier.yaml.
 * @throws ProcessError `bad_config`: every problem with its place in the file
 */
export function parseConfig(text: string): Config {
  let yaml: unknown;
  try {
    yaml = parseYaml(text);
  } catch (cause) {
    throw new ProcessError('bad_config', 'The config file is not YAML', { cause });
  }
  const parsed = configFile.safeParse(yaml);
  if (!parsed.success)
    throw new ProcessError('bad_config', `The config file is not usable:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** @throws ProcessError `bad_config` */
export async function readConfigFile(path: string): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProcessError('bad_config', `The config file ${path} cannot be read`, { cause });
  });
  return parseConfig(text);
}

/**
 * The secret behind a reference. Called only by the process that uses it.
 * @throws ProcessError `bad_config`, naming the reference and never the value
 */
export async function resolveSecret(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const value = await readSecret(reference, environment);
  refuseGenerated(value, environment['KEYCOURIER_MODE'], 'env' in reference ? reference.env : reference.file);
  return value;
}

async function readSecret(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if ('env' in reference) {
    const value = environment[reference.env];
    if (value === undefined || value === '')
      throw new ProcessError(
        'bad_config',
        `The environment variable ${reference.env}, which the config file names, is not set`,
      );
    return value;
  }
  const text = await readFile(reference.file, 'utf8').catch((cause: unknown) => {
    throw new ProcessError(
      'bad_config',
      `The secret file ${reference.file}, which the config file names, cannot be read`,
      { cause },
    );
  });
  return text.trim();
}

/** The group → product table with every id filled in from the tenant's products. */
export function groupTable(given: TenantConfig): {
  id?: string | undefined;
  name?: string | undefined;
  productId: string;
  inventoryProductId: string;
  customizationId: string;
}[] {
  return given.groups.flatMap((row) => {
    const one = given.products.find((candidate) => fits(row, candidate));
    return one === undefined ? [] : [{ id: row.id, name: row.name, ...one }];
  });
}
