import type { Org } from '../context.ts';
import type { Hook } from './hook.ts';

/** The result of one call of a hook. Only `unreachable` and a 5xx are retried, once. */
export type CallResult =
  | { outcome: 'answered'; status: number; text: string }
  | { outcome: 'unreachable'; reason: 'timeout' | 'connection failed' };

interface Call {
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

/** Calls the hook's URI with its own headers and its secret. Redirects are not followed. */
export async function callHook(org: Org, hook: Hook, call: Call): Promise<CallResult> {
  const { uri, headers, authScheme } = hook.channel.config;
  const secret = hook.sealed_secret === null ? undefined : org.sealing.unseal(hook.sealed_secret);
  const signal = AbortSignal.timeout(org.settings.current().hookTimeoutMs);
  try {
    const response = await fetch(uri, {
      method: call.method,
      headers: {
        'User-Agent': 'Okta Event Hooks',
        Accept: 'application/json',
        ...Object.fromEntries(headers.map(({ key, value }) => [key, value])),
        ...(authScheme !== null && secret !== undefined ? { [authScheme.key]: secret } : {}),
        ...call.headers,
      },
      body: call.body ?? null,
      redirect: 'manual',
      signal,
    });
    return { outcome: 'answered', status: response.status, text: await response.text() };
  } catch {
    return { outcome: 'unreachable', reason: signal.aborted ? 'timeout' : 'connection failed' };
  }
}

/** Documented for event hooks: at most one retry, on a timeout or a 5xx; a 4xx is final. */
export function isWorthRetrying(result: CallResult): boolean {
  return result.outcome === 'unreachable' || result.status >= 500;
}

export function hasSucceeded(result: CallResult): boolean {
  return result.outcome === 'answered' && result.status >= 200 && result.status < 300;
}

export function describeCall(result: CallResult): string {
  return result.outcome === 'answered' ? `HTTP ${result.status}` : result.reason;
}
