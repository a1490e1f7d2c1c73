import { outsideId } from '@keycourier/journey/model/outside-id';
import { z } from 'zod';

/** An event hook as Okta returns it, without its secret. */
export const hookSchema = z.looseObject({
  id: outsideId,
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

/** Whether a hook belongs to this tenant, at any address. */
export function isForTenant({ channel }: Pick<Hook, 'channel'>, tenant: string): boolean {
  const { uri } = channel.config;
  return URL.canParse(uri) && new URL(uri).pathname.replace(/\/+$/, '').endsWith(hookPath(tenant));
}

export const isDelivering = ({ status, verificationStatus }: Pick<Hook, 'status' | 'verificationStatus'>): boolean =>
  status === 'ACTIVE' && verificationStatus === 'VERIFIED';
