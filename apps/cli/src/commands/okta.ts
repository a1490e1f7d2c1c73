import type { Command } from 'commander';

import type { Cli } from '../cli.ts';
import type { OktaSetupOptions } from '../okta/run-okta-setup.ts';

const help = `
Reads keycourier.yaml and the credentials in it (okta.auth; Okta receives the first of hook.secrets). Needs more than
the worker: the scope okta.eventHooks.manage, or an administrator's token. To keep that token out of the config, set
KEYCOURIER_OKTA_SETUP_TOKEN. Safe to run again: it changes only what is missing or wrong.`;

/** Sets up the Okta org of a tenant. */
export function addOkta(program: Command, cli: Cli): void {
  program
    .command('okta')
    .description('set up an Okta org')
    .command('setup')
    .description(
      "register and verify keycourier's event hook in the tenant's org, or make what registration sync needs there",
    )
    .option('--tenant <name>', 'a tenant of keycourier.yaml; optional if there is only one')
    .option('--receiver-url <url>', "the receiver's public URL (or KEYCOURIER_RECEIVER_URL)")
    .option('--renew-secret', 'send the first of hook.secrets again, after it was changed')
    .option('--list', 'list the event hooks of the org, change nothing')
    .option('--remove', "delete keycourier's event hook from the org")
    .option('--registration-attribute [name]', 'make the attribute that shows who has a key; leaves the hook alone')
    .option('--registration-group [name]', 'make the group of users who have a key; leaves the hook alone')
    .option('--routing-rule', 'make the routing rule that sends users with a key to --idp; leaves the hook alone')
    .option('--idp <id>', 'the identity provider of --routing-rule')
    .option('--hub [url]', "make them in the tenant's hub; its URL where keycourier.yaml names none")
    .addHelpText('after', help)
    .action(async (options: OktaSetupOptions) => {
      // Loaded on demand: the connectors make the start of every other command slower.
      const { runOktaSetup } = await import('../okta/run-okta-setup.ts');
      await runOktaSetup(cli, options);
    });
}
