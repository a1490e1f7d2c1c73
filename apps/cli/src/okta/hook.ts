import { z } from 'zod';

/** An event hook as an org shows it; the secret is never shown. */
export const hookSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  status: z.string(),
  verificationStatus: z.string().nullish(),
  events: z.looseObject({
    type: z.string().default('EVENT_TYPE'),
    items: z.array(z.string()),
    filter: z.unknown().optional(),
  }),
  channel: z.looseObject({
    type: z.string().default('HTTP'),
    version: z.string().default('1.0.0'),
    config: z.looseObject({ uri: z.string(), headers: z.unknown().optional() }),
  }),
});

export type Hook = z.output<typeof hookSchema>;

export const hookList = z.array(hookSchema);

export const hookPath = (tenant: string): string => `/okta/hooks/${encodeURIComponent(tenant)}`;

/** The address that an org is to call. A base URL is given, or the whole address. */
export function hookUrlOf(receiverUrl: string, tenant: string): string {
  const base = receiverUrl.replace(/\/+$/, '');
  return base.endsWith(hookPath(tenant)) ? base : `${base}${hookPath(tenant)}`;
}

/** The hook that calls this very address. */
export const callsUs = (hook: Hook, url: string): boolean => hook.channel.config.uri.replace(/\/+$/, '') === url;

/** Whether a hook was made for this tenant, at whatever address. */
export function isForTenant({ channel }: Hook, tenant: string): boolean {
  const { uri } = channel.config;
  return URL.canParse(uri) && new URL(uri).pathname.replace(/\/+$/, '').endsWith(hookPath(tenant));
}

export const isListening = ({ status, verificationStatus }: Hook): boolean =>
  status === 'ACTIVE' && verificationStatus === 'VERIFIED';
