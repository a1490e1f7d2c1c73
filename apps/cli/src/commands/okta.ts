import type { Command } from 'commander';

import type { Cli } from '../cli.ts';
import type { OktaSetupOptions } from '../okta/run-okta-setup.ts';

const more = `
Reads keycourier.yaml and the credentials it names (okta.auth, hook.secrets: the first one is given to Okta). It needs
what the worker does not: the scope okta.eventHooks.manage, or an administrator's token. To keep that apart, put one into
KEYCOURIER_OKTA_SETUP_TOKEN. Run it again whenever you like: what is right is left alone.`;

/** What is done in an Okta org on keycourier's behalf. */
export function addOkta(program: Command, cli: Cli): void {
  program
    .command('okta')
    .description('sets up an Okta org')
    .command('setup')
    .description("registers and verifies keycourier's event hook in the tenant's org")
    .option('--tenant <name>', 'of keycourier.yaml; may be left out where there is one')
    .option('--receiver-url <url>', 'where Okta reaches the receiver (or KEYCOURIER_RECEIVER_URL)')
    .option('--renew-secret', 'give Okta the first of hook.secrets again, after it was changed')
    .option('--list', 'show the event hooks of the org, change nothing')
    .option('--remove', "take keycourier's event hook out of the org")
    .addHelpText('after', more)
    .action(async (options: OktaSetupOptions) => {
      // Loaded where it is needed: what speaks to the outside takes its time to load.
      const { runOktaSetup } = await import('../okta/run-okta-setup.ts');
      await runOktaSetup(cli, options);
    });
}
