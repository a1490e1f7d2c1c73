import { expiringOf, expiringOfConsole } from '@keycourier/config/expiring';
import {
  judgeExpiry,
  listExpiring,
  needsRenewal,
  type Expiring,
  type ExpiringKind,
} from '@keycourier/journey/model/expiring';
import { describeExpiring } from '@keycourier/messages/expiring';

import { apiKeyList } from '../../api/shapes.ts';
import type { Check, SetupUnderCheck, TenantUnderCheck } from '../check.ts';
import { green, red, skipped, worst, yellow, type Finding } from '../finding.ts';

/** Yubico's tokens expire after a year (docs.yubico.com, API best practices), and no call returns the date. */
export const tenantExpiryChecks: readonly Check<TenantUnderCheck>[] = [
  { name: 'provider.token-expiry', run: (subject) => Promise.resolve(judgeProvider(subject)) },
  { name: 'okta.expiry', run: (subject) => Promise.resolve(judgeOrgs(subject)) },
];

const ofKinds = ({ config }: TenantUnderCheck, ...kinds: readonly ExpiringKind[]): readonly Expiring[] =>
  expiringOf(config, null).filter(({ kind }) => kinds.includes(kind));

function judgeProvider(subject: TenantUnderCheck): Finding {
  const found = ofKinds(subject, 'provider_token');
  if (found.length > 0) return judgeAll(found, subject.now);
  return skipped('set fulfillment.tokenExpires (a date) to be warned before the token expires');
}

function judgeOrgs(subject: TenantUnderCheck): Finding {
  const keys = ofKinds(subject, 'okta_key', 'hub_key');
  if (keys.length > 0) return judgeAll(keys, subject.now);
  // The other checks have just used it.
  if ('token' in subject.config.okta.auth) return green('an API token ends 30 days after its last use: now');
  return green('no date is set (okta.auth.keyExpires)');
}

/** What is of no tenant, or read with the API key. */
export const setupExpiryChecks: readonly Check<SetupUnderCheck>[] = [
  { name: 'console.client-secret-expiry', run: (subject) => Promise.resolve(judgeConsole(subject)) },
  { name: 'api-keys', run: checkKeys },
];

function judgeConsole({ config, now }: SetupUnderCheck): Finding {
  if (config === null) return skipped('the config file is not readable');
  if (config.console?.signIn === undefined) return green('there is no console.signIn');
  const found = expiringOfConsole(config.console);
  if (found.length > 0) return judgeAll(found, now);
  return green('no date is set (console.signIn.clientSecretExpires)');
}

async function checkKeys({ apiUrl, apiKey: key, timeoutMs, now }: SetupUnderCheck): Promise<Finding> {
  if (apiUrl === null || key === null)
    return skipped('set KEYCOURIER_URL and KEYCOURIER_API_KEY, of a key with the scope operator, to check them');
  const response = await fetch(`${apiUrl}/v1/keys`, {
    headers: { authorization: `Bearer ${key}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => null);
  if (response?.status === 403) return skipped('the API key lacks the scope operator');
  const parsed = apiKeyList.safeParse(await response?.json().catch(() => null));
  if (!parsed.success) return skipped('the API does not tell them: see api and api-key');
  const listed = parsed.data.items.flatMap(({ id, name, expiresAt, revokedAt }): Expiring[] =>
    // One that has ended is refused where it is still used: its caller knows.
    expiresAt === null || revokedAt !== null || Date.parse(expiresAt) <= now.getTime()
      ? []
      : [{ kind: 'api_key', id, name: name ?? id, expiresAt: new Date(expiresAt), isReplaced: false }],
  );
  return judgeAll(listExpiring(listed, now), now);
}

/** The worst of them, with its remedy; all of them in one line where several have to be renewed. */
function judgeAll(secrets: readonly Expiring[], now: Date): Finding {
  const due = secrets.filter((secret) => needsRenewal(secret, now));
  const last = secrets.map((secret) => describeExpiring(secret, now).happened).join('; ');
  if (due.length === 0) return green(last === '' ? 'none ends within 45 days' : last);
  const findings = due.map((secret) => {
    const { happened, toDo } = describeExpiring(secret, now);
    return judgeExpiry(secret, now).state === 'ended' ? red(happened, toDo) : yellow(happened, toDo);
  });
  const first = worst(findings, green(last));
  return { ...first, message: findings.map(({ message }) => message).join('; ') };
}
