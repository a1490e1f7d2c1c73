import { readFile } from 'node:fs/promises';

import type { FulfillmentPort, MailPort, OktaPort } from '@keycourier/journey/context';
import { createFulfillmentPort } from '@keycourier/outside/fulfillment/create-fulfillment-port';
import { createMailPort } from '@keycourier/outside/mail/create-mail-port';
import { createOktaPort } from '@keycourier/outside/okta/create-okta-port';
import { resolveSecret, type Config } from '@keycourier/process/config-file';
import { ProcessError } from '@keycourier/process/errors';
import type { JWK } from 'jose';
import { z } from 'zod';

import { configOf } from './tenants.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const privateKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  kid: z.string().min(1),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

/**
 * Everything outside the house, each tenant with its own credentials.
 * @throws ProcessError `bad_config` when a tenant mails PINs itself and the key to open their copies is not there
 */
export async function openOutside(
  config: Config,
  environment: Environment,
  options: { timeoutMs: number; pinCopyKeyPath: string },
): Promise<{ okta: OktaPort; fulfillment: FulfillmentPort; mail: MailPort }> {
  const { timeoutMs } = options;
  const isMailing = Object.values(config.tenants).some(({ pin }) => pin.channel === 'smtp');
  const pinCopyPrivateKeys = isMailing ? [await readPinCopyKey(options.pinCopyKeyPath)] : [];
  const smtpUrls = await resolveSmtpUrls(config, environment);
  return {
    okta: createOktaPort((tenant) => {
      const { okta } = configOf(config, tenant);
      return { orgUrl: okta.orgUrl, rpId: okta.rpId, timeoutMs, token: () => oktaToken(okta.auth, environment) };
    }),
    fulfillment: createFulfillmentPort((tenant) => {
      const { apiUrl, keysUrl, token } = configOf(config, tenant).fulfillment;
      return { apiUrl, keysUrl, timeoutMs, token: () => resolveSecret(token, environment) };
    }),
    mail: createMailPort((tenant) => {
      const { mail } = configOf(config, tenant);
      const url = smtpUrls.get(tenant);
      if (mail === undefined || url === undefined)
        throw new ProcessError('bad_config', `The tenant ${tenant} has no mail server`);
      return { smtp: { url, plain: mail.plain }, from: mail.from, pinCopyPrivateKeys, timeoutMs };
    }),
  };
}

function oktaToken(auth: Config['tenants'][string]['okta']['auth'], environment: Environment): Promise<string> {
  if ('token' in auth) return resolveSecret(auth.token, environment);
  throw new ProcessError(
    'bad_config',
    'okta.auth with clientId and privateKey is not supported by this version: use a token',
  );
}

async function resolveSmtpUrls(config: Config, environment: Environment): Promise<ReadonlyMap<string, string>> {
  const urls = Object.entries(config.tenants).map(async ([name, { mail }]): Promise<[string, string][]> => {
    if (mail === undefined) return [];
    return [[name, typeof mail.smtp === 'string' ? mail.smtp : await resolveSecret(mail.smtp, environment)]];
  });
  return new Map((await Promise.all(urls)).flat());
}

async function readPinCopyKey(path: string): Promise<JWK> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProcessError('bad_config', `The key that opens PIN copies cannot be read (${path})`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ProcessError('bad_config', `The key that opens PIN copies is not JSON (${path})`);
  }
  const parsed = privateKey.safeParse(json);
  if (!parsed.success)
    throw new ProcessError('bad_config', `The key that opens PIN copies is not a private P-384 JWK (${path})`);
  return parsed.data;
}
