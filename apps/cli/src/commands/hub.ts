import type { HubCheck } from '@keycourier/journey/hub/judge-hub';
import type { Command } from 'commander';

import { printResult, type Cli } from '../cli.ts';
import { findSetup, pickTenant, readConfig } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { toCliError } from '../okta/okta-error.ts';
import { clean } from '../output/clean.ts';
import { table } from '../output/table.ts';

const testHelp = `
Reads keycourier.yaml and the credentials in it (hub.auth), and changes nothing in the hub. A check passes only by what the
hub showed: an empty list, or roles that cannot be read, are failures. Exit code 1 if a check failed.`;

/** The hubs of keycourier.yaml. */
export function addHub(program: Command, cli: Cli): void {
  const hub = program.command('hub').description("see and test the hub orgs of the tenants' people");
  hub
    .command('list')
    .description('list the tenants that have a hub')
    .action(() => list(cli));
  hub
    .command('test')
    .description('test who the credentials of a hub are, and whether they may do what pushing people there needs')
    .option('--tenant <name>', 'a tenant of keycourier.yaml; optional if there is only one')
    .addHelpText('after', testHelp)
    .action((options: { tenant?: string }) => test(cli, options.tenant));
}

async function list(cli: Cli): Promise<void> {
  const { tenants } = await readConfig(await findSetup(cli.environment));
  const items = Object.entries(tenants).flatMap(([tenant, { okta, hub }]) =>
    hub === undefined
      ? []
      : [{ tenant, spoke: okta.orgUrl, hub: hub.orgUrl, auth: 'token' in hub.auth ? 'api_token' : 'service_app' }],
  );
  printResult(cli, { items }, () =>
    items.length === 0
      ? 'No tenant of keycourier.yaml has a hub.'
      : table(
          cli.terminal,
          [
            { title: 'TENANT', of: ({ tenant }) => tenant },
            { title: 'SPOKE', of: ({ spoke }) => spoke },
            { title: 'HUB', of: (item) => item.hub },
            { title: 'SIGNS IN WITH', of: ({ auth }) => (auth === 'api_token' ? 'API token' : 'service app') },
          ],
          items,
        ),
  );
}

async function test(cli: Cli, name: string | undefined): Promise<void> {
  const setup = await findSetup(cli.environment);
  const tenant = pickTenant(await readConfig(setup), name);
  if (tenant.config.hub === undefined) throw new CliError('usage', `The tenant ${tenant.name} has no hub`);
  const { orgUrl } = tenant.config.hub;
  // Loaded on demand: the connectors make the start of every other command slower.
  const { testHub } = await import('../okta/test-hub.ts');
  const subject = { hub: tenant.config.hub, environment: setup.environment, timeoutMs: 10_000 };
  const checks = await testHub(subject).catch((error: unknown) => {
    throw toCliError(error, orgUrl, []);
  });
  const hasPassed = checks.every(({ passed }) => passed);
  const json = checks.map(({ name: check, ...rest }) => ({ check, ...rest }));
  printResult(cli, { tenant: tenant.name, hub: orgUrl, passed: hasPassed, checks: json }, () =>
    draw(cli, `${tenant.name} → ${orgUrl}`, checks),
  );
  if (!hasPassed) cli.setExitCode(exitCodes.refused);
}

function draw({ terminal: { paint } }: Cli, title: string, checks: readonly HubCheck[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, passed, message, grant }) => {
    const color = passed ? paint.green : paint.red;
    const head = `  ${color(passed ? '✓' : '✗')} ${color(name.padEnd(width))}  ${clean(message)}`;
    return grant === null ? [head] : [head, `    ${' '.repeat(width)}  ${paint.dim('→')} ${clean(grant)}`];
  });
  return [paint.bold(clean(title)), ...lines].join('\n');
}
