import { namesOf } from '@keycourier/http/contract';
import { flows } from '@keycourier/journey/model/flows';
import type { Flow } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

export const flow = z
  .strictObject({ slug: z.enum(namesOf(flows)), title: z.string(), enabled: z.boolean() })
  .meta({ id: 'Flow' });

const triggerFlows = ['mfa-initiated', 'group-add', 'scim-group-add'] as const satisfies readonly Flow['slug'][];

export const warning = z
  .strictObject({ code: z.literal('both_triggers_on'), message: z.string() })
  .meta({ id: 'FlowWarning', description: 'A setting that is allowed but may be unintended' });

/** With several triggers on, one user may match more than one. The user still gets only one key. */
export function warningsAbout(current: readonly Flow[]): { warnings?: z.output<typeof warning>[] } {
  const isOn = (slug: Flow['slug']): boolean => current.some((one) => one.slug === slug && one.enabled);
  const on = triggerFlows.filter(isOn);
  if (on.length < 2) return {};
  const message = `More than one trigger is on: ${on.join(', ')}. A user who matches several gets one key, from the first event. If only one is intended, switch the others off.`;
  return { warnings: [{ code: 'both_triggers_on', message }] };
}
