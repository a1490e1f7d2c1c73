import { hookPath, type Hook } from '@keycourier/connectors/okta/event-hook';

/** The URL that an org calls. `receiverUrl` is the receiver's base URL, or this URL. */
export function hookUrlOf(receiverUrl: string, tenant: string): string {
  const base = receiverUrl.replace(/\/+$/, '');
  return base.endsWith(hookPath(tenant)) ? base : `${base}${hookPath(tenant)}`;
}

/** Whether a hook calls this URL. */
export const callsUrl = (hook: Hook, url: string): boolean => hook.channel.config.uri.replace(/\/+$/, '') === url;
