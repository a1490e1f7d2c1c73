import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { configText } from './config-text.ts';
import type { Simulators } from './processes.ts';
import type { StackSettings } from './settings.ts';
import { consoleSettings } from './sign-in.ts';

/** How keycourier reaches an org of the stack, such as through a proxy: by the org's own URL by default. */
export type ReachOrg = (name: string, url: string) => Promise<string>;

/** Writes the keycourier.yaml of the stack. */
export async function writeConfig(
  settings: StackSettings,
  simulators: Simulators,
  reachOrg: ReachOrg = async (_, url) => url,
): Promise<void> {
  // A tenant without an org of its own has no hook either: what happens in the org is another tenant's.
  const tenants = settings.tenants.map((one) => (one.ownOrg === true ? one : { ...one, catchUp: { enabled: false } }));
  const owner = settings.tenants[0]?.name ?? '';
  const urls = new Map<string, string>();
  for (const name of new Set(tenants.flatMap(({ name: tenant, hub = tenant }) => [tenant, hub])))
    urls.set(name, await reachOrg(name, simulators.oktaUrlOf(name)));
  const text = configText(tenants, settings.keys, {
    oktaUrlOf: (name) => urls.get(name) ?? simulators.oktaUrlOf(name),
    fulfillmentUrl: simulators.fulfillmentUrl,
    smtpUrl: settings.smtpUrl,
    console: consoleSettings(simulators.oktaUrlOf(owner), settings.keys.tokenPath('consoleClientSecret', owner)),
  });
  await writeFile(join(settings.dataDir, 'keycourier.yaml'), text, { mode: 0o600 });
}
