import { z } from 'zod';

import { isKeyExposed } from '../../connection/find-connection.ts';
import type { Check, SetupUnderCheck } from '../check.ts';
import { green, red, skipped, yellow, type Finding } from '../finding.ts';

const readiness = z.looseObject({ failing: z.array(z.string()).default([]) });

/** The API and the receiver are ready. */
export const serviceChecks: readonly Check<SetupUnderCheck>[] = [
  { name: 'api', run: ({ apiUrl, timeoutMs }) => checkReady(apiUrl, { timeoutMs, setting: 'KEYCOURIER_URL' }) },
  {
    name: 'receiver',
    run: ({ receiverUrl, timeoutMs }) => checkReady(receiverUrl, { timeoutMs, setting: 'KEYCOURIER_RECEIVER_URL' }),
  },
  { name: 'scim', run: checkScim },
  { name: 'api-key', run: checkKey },
];

async function checkReady(
  url: string | null,
  { timeoutMs, setting }: { timeoutMs: number; setting: string },
): Promise<Finding> {
  if (url === null) return skipped(`set ${setting} to check it`);
  const response = await get(`${url}/readyz`, timeoutMs);
  if (response === null) return red(`${url} cannot be reached`, `start it, or fix ${setting}`);
  if (response.status === 200) return green(`${url} is ready`);
  const { failing } = readiness.catch({ failing: [] }).parse(response.body);
  if (response.status !== 503) return red(`${url}/readyz answers ${response.status}`, `fix ${setting}`);
  return red(
    `${url} is not ready; failing: ${failing.join(', ') || 'unknown'}`,
    'see its log, and fix the database first',
  );
}

/** What Okta asks of a base URL, too: it calls no other scheme than https, and its wizard refuses an underscore. */
async function checkScim({ scimUrl, timeoutMs }: SetupUnderCheck): Promise<Finding> {
  if (scimUrl === null) return skipped('set SCIM_PUBLIC_URL to check it');
  const ready = await checkReady(scimUrl, { timeoutMs, setting: 'SCIM_PUBLIC_URL' });
  if (ready.status !== 'green') return ready;
  if (scimUrl.includes('_')) return red(`${scimUrl} has an underscore`, 'use a host name without: Okta refuses it');
  if (isKeyExposed(scimUrl))
    return red(`${scimUrl} is not https`, 'put a proxy with TLS in front: tokens cross a network');
  return ready;
}

async function checkKey({ apiUrl, apiKey, timeoutMs }: SetupUnderCheck): Promise<Finding> {
  if (apiUrl === null || apiKey === null) return skipped('set KEYCOURIER_URL and KEYCOURIER_API_KEY to check it');
  const response = await get(`${apiUrl}/v1/flows`, timeoutMs, { authorization: `Bearer ${apiKey}` });
  if (response === null || response.status >= 500) return skipped('the API does not answer');
  if (response.status === 401) return red('the API does not accept the key', 'create another: keycourier keys create');
  if (response.status === 403) return yellow('the key lacks the scope read', 'create a key with the scope read');
  return green('the API accepts the key');
}

async function get(
  url: string,
  timeoutMs: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: unknown } | null> {
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await response.json().catch(() => null);
    return { status: response.status, body };
  } catch {
    return null;
  }
}
