import { namesOf } from '@keycourier/http/contract';
import { flows } from '@keycourier/journey/model/flows';
import type { Flow } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

export const flow = z
  .strictObject({ slug: z.enum(namesOf(flows)), title: z.string(), enabled: z.boolean() })
  .meta({ id: 'Flow' });

export const warning = z
  .strictObject({ code: z.literal('both_triggers_on'), message: z.string() })
  .meta({ id: 'FlowWarning', description: 'A setting that is allowed but may be unintended' });

/** With both triggers on, one user may match both. The user still gets only one key. */
export function warningsAbout(current: readonly Flow[]): { warnings?: z.output<typeof warning>[] } {
  const isOn = (slug: Flow['slug']): boolean => current.some((one) => one.slug === slug && one.enabled);
  if (!isOn('mfa-initiated') || !isOn('group-add')) return {};
  const message =
    'Both triggers are on. A user who matches both gets one key, from the first event. If only one trigger is intended, switch the other off.';
  return { warnings: [{ code: 'both_triggers_on', message }] };
}
