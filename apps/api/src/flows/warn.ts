import type { Flow } from '@keycourier/ledger/flows/flows';

export interface Warning {
  code: 'both_triggers_on';
  message: string;
}

/** Both triggers on is allowed: one person may fire both, and gets one key nevertheless. */
export function warn(flows: readonly Flow[]): { warnings?: readonly Warning[] } {
  const isOn = (slug: Flow['slug']): boolean => flows.some((flow) => flow.slug === slug && flow.enabled);
  if (!isOn('mfa-initiated') || !isOn('group-add')) return {};
  const message =
    'Both triggers are on. A person whom both name gets one key, from whichever comes first; switch one off if only the other is meant.';
  return { warnings: [{ code: 'both_triggers_on', message }] };
}
