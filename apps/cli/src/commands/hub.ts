import type { Command } from 'commander';

import type { ApiRequest } from '../api/client.ts';
import { nothing } from '../api/directory-shapes.ts';
import { hub as hubShape, type Checked, type Hub } from '../api/hub-shape.ts';
import { printResult, type Cli } from '../cli.ts';
import { findSetup, pickTenant, readConfig } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { toCliError } from '../okta/okta-error.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { pairs } from '../output/table.ts';
import { poll } from '../waiting/poll.ts';
import { addHubComparisons } from './hub-comparisons.ts';
import { addHubGroups } from './hub-groups.ts';
import { addHubImports } from './hub-imports.ts';
import { addHubPeople } from './hub-people.ts';
import { addHubSettings } from './hub-settings.ts';

const createHelp = `
Prints a public key. In the hub, make a service app (API Services) with it, grant its scopes and roles as docs/hub-walkthrough.md says,
then run keycourier hub app <client id> and keycourier hub test.`;

const testHelp = `
A worker runs it; with --here this machine does, with keycourier.yaml and the secrets that it names. It changes nothing in
the hub. A check passes only by what the hub showed: an empty list, or roles that cannot be read, are failures. Exit code
1 if a check failed.`;

interface TestOptions {
  here?: boolean;
  tenant?: string;
}

/** The org where a tenant's people sign in, if that is another one than the org that keeps them. */
export function addHub(program: Command, cli: Cli): void {
  const hub = program.command('hub').description("name, test and remove the hub org of a tenant's people");
  hub
    .command('show', { isDefault: true })
    .description('show the hub and its last test')
    .action(async () => print(cli, await request(cli, { method: 'GET', path: '/v1/hub' })));
  hub
    .command('create')
    .description('name the hub, and make the key that signs in there')
    .argument('<url>', "the hub's own URL at Okta, such as https://acme-hub.okta.com")
    .addHelpText('after', createHelp)
    .action(async (orgUrl: string) =>
      print(cli, await request(cli, { method: 'POST', path: '/v1/hub', json: { orgUrl } })),
    );
  hub
    .command('app')
    .description('name the service app that has the key')
    .argument('<client id>', 'of the service app in the hub')
    .action(async (clientId: string) =>
      print(cli, await request(cli, { method: 'PATCH', path: '/v1/hub', json: { clientId }, notFound: noLink })),
    );
  hub
    .command('remove')
    .description('remove the hub that create named, with its key')
    .action(() => remove(cli));
  hub
    .command('test')
    .description('test who the credentials of the hub are, and whether they may do what pushing people there needs')
    .option('--here', 'from this machine, by keycourier.yaml')
    .option('--tenant <name>', 'with --here: a tenant of keycourier.yaml; optional if there is only one')
    .addHelpText('after', testHelp)
    .action((options: TestOptions) => (options.here === true ? testHere(cli, options.tenant) : testThere(cli)));
  addHubGroups(hub, cli);
  addHubSettings(hub, cli);
  addHubPeople(hub, cli);
  addHubComparisons(hub, cli);
  addHubImports(hub, cli);
}

const noLink = 'The tenant has no hub that keycourier hub create named.';

async function request(cli: Cli, wanted: ApiRequest): Promise<Hub> {
  const api = await cli.api();
  return api.request(hubShape, wanted);
}

async function remove(cli: Cli): Promise<void> {
  const api = await cli.api();
  await confirm(
    cli,
    'The key of the hub is deleted, with the settings of the link, its assignments and its groups. Users and groups of the hub stay as they are.',
  );
  await api.request(nothing, { method: 'DELETE', path: '/v1/hub', notFound: noLink });
  printResult(cli, { removed: true }, () => 'Hub removed. Deactivate its service app in the hub.');
}

/** A read is tried three times, and some follow others. */
const testTimeoutMs = 120_000;

async function testThere(cli: Cli): Promise<void> {
  const requested = await request(cli, { method: 'POST', path: '/v1/hub/test' });
  const tested = await poll(cli, {
    look: async () => request(cli, { method: 'GET', path: '/v1/hub' }),
    hasArrived: ({ test }) => test === null || test.endedAt !== null,
    describeLate: () => 'No worker has ended the test: is one running?',
    timeoutMs: testTimeoutMs,
  });
  if (tested.test === null) throw new CliError('refused', 'The hub was removed during its test');
  report(cli, { tenant: requested.tenant, hub: tested.orgUrl ?? '', checks: tested.test.checks });
}

async function testHere(cli: Cli, name: string | undefined): Promise<void> {
  const setup = await findSetup(cli.environment);
  const tenant = pickTenant(await readConfig(setup), name);
  if (tenant.config.hub === undefined)
    throw new CliError('usage', `The tenant ${tenant.name} has no hub in keycourier.yaml`);
  const { orgUrl } = tenant.config.hub;
  // Loaded on demand: the connectors make the start of every other command slower.
  const { testHub } = await import('../okta/test-hub.ts');
  const subject = { hub: tenant.config.hub, environment: setup.environment, timeoutMs: 10_000 };
  const checks = await testHub(subject).catch((error: unknown) => {
    throw toCliError(error, orgUrl, []);
  });
  report(cli, {
    tenant: tenant.name,
    hub: orgUrl,
    checks: checks.map(({ name: check, ...rest }) => ({ check, ...rest })),
  });
}

function report(cli: Cli, { tenant, hub, checks }: { tenant: string; hub: string; checks: readonly Checked[] }): void {
  const hasPassed = checks.every(({ passed }) => passed);
  printResult(cli, { tenant, hub, passed: hasPassed, checks }, () =>
    [cli.terminal.paint.bold(clean(`${tenant} → ${hub}`)), ...linesOf(cli, checks)].join('\n'),
  );
  if (!hasPassed) cli.setExitCode(exitCodes.refused);
}

function linesOf({ terminal: { paint } }: Cli, checks: readonly Checked[]): string[] {
  const width = Math.max(0, ...checks.map(({ check }) => check.length));
  return checks.flatMap(({ check, passed, message, grant }) => {
    const color = passed ? paint.green : paint.red;
    const head = `  ${color(passed ? '✓' : '✗')} ${color(clean(check).padEnd(width))}  ${clean(message)}`;
    return grant === null ? [head] : [head, `    ${' '.repeat(width)}  ${paint.dim('→')} ${clean(grant)}`];
  });
}

function print(cli: Cli, hub: Hub): void {
  printResult(cli, hub, () => draw(cli, hub));
}

function draw(cli: Cli, { source, orgUrl, auth, clientId, publicKey, test }: Hub): string {
  if (orgUrl === null) return 'People sign in where they are kept: the tenant has no hub.';
  const app =
    clientId === null ? 'no service app yet: keycourier hub app <client id>' : `service app ${clean(clientId)}`;
  const lines = pairs(cli.terminal, [
    ['hub', clean(orgUrl)],
    ['named in', source === 'config' ? 'keycourier.yaml' : 'the API'],
    ['signs in with', auth === 'api_token' ? 'an API token' : app],
    ['last test', test === null ? 'none' : `${clean(test.state)}, ${clean(test.endedAt ?? test.requestedAt)}`],
  ]);
  // On a line of its own, to be copied.
  const key = publicKey === null ? [] : ['public key:', JSON.stringify(publicKey)];
  return [lines, ...key, ...linesOf(cli, test?.checks ?? [])].join('\n');
}
