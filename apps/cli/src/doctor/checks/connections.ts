import { connectionList } from '../../api/directory-shapes.ts';
import type { Check, SetupUnderCheck } from '../check.ts';
import { green, skipped, yellow, type Finding } from '../finding.ts';

const fix = 'see keycourier connections show <id>';

/** Each SCIM connection of the key's tenant is in use, has a token that goes on working, and refuses little. */
export const connections: Check<SetupUnderCheck> = {
  name: 'connections',
  run: async ({ apiUrl, apiKey, timeoutMs }) => {
    if (apiUrl === null || apiKey === null)
      return skipped('set KEYCOURIER_URL and KEYCOURIER_API_KEY, of a key with the scope operator, to check them');
    const response = await fetch(`${apiUrl}/v1/connections`, {
      headers: { authorization: `Bearer ${apiKey}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(() => null);
    if (response?.status === 403) return skipped('the API key lacks the scope operator');
    const parsed = connectionList.safeParse(await response?.json().catch(() => null));
    if (!parsed.success) return skipped('the API does not tell them: see api and api-key');
    return judge(parsed.data.items.filter(({ revokedAt }) => revokedAt === null));
  },
};

function judge(live: readonly { name: string; warnings: readonly { message: string }[] }[]): Finding {
  const warnings = live.flatMap(({ name, warnings: own }) => own.map(({ message }) => `${name}: ${message}`));
  if (warnings.length > 0) return yellow(warnings.join('; '), fix);
  return green(live.length === 0 ? 'there are no SCIM connections' : `${live.length} in use`);
}
