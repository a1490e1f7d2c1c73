import { resolveSecret, type SecretReference } from '@keycourier/config/secrets';
import type { TenantConfig } from '@keycourier/config/tenant';
import { ProcessError } from '@keycourier/runtime/errors';

import type { Check, TenantUnderCheck } from '../check.ts';
import { checkMode } from '../file-mode.ts';
import { worst, green, red, type Finding } from '../finding.ts';

/** Every secret that the config file refers to exists, and its file is readable by its owner only. */
export const secrets: Check<TenantUnderCheck> = {
  name: 'secrets',
  run: async ({ config, environment }) => {
    const references = referencesOf(config);
    const findings = await Promise.all(references.map((reference) => checkSecret(reference, environment)));
    return worst(findings, green(`all ${references.length} exist`));
  },
};

const referencesOf = ({ okta, hook, fulfillment, hris, mail }: TenantConfig): SecretReference[] => [
  'token' in okta.auth ? okta.auth.token : okta.auth.privateKey,
  ...hook.secrets,
  fulfillment.token,
  ...(hris === undefined ? [] : ['bearer' in hris.auth ? hris.auth.bearer : hris.auth.basic.password]),
  ...(mail === undefined || typeof mail.smtp === 'string' ? [] : [mail.smtp]),
];

async function checkSecret(reference: SecretReference, environment: TenantUnderCheck['environment']): Promise<Finding> {
  try {
    await resolveSecret(reference, environment);
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error;
    return red(error.message, 'env' in reference ? `set ${reference.env}` : `write the secret to ${reference.file}`);
  }
  return 'file' in reference ? checkMode(reference.file) : green(`${reference.env} is set`);
}
