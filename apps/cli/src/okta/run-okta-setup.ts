import { secretProblems } from '@keycourier/config/refusals/at-start';
import { secretUsesOf } from '@keycourier/config/secret-uses';
import { resolveSecret } from '@keycourier/config/secrets';
import type { TenantConfig } from '@keycourier/config/tenant';
import { isForTenant, type Hook } from '@keycourier/connectors/okta/event-hook';
import type { SendToOkta } from '@keycourier/connectors/okta/send';

import { printResult, type Cli } from '../cli.ts';
import { findSetup, pickTenant, readConfig, type Setup } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { drawHooks } from './draw-hooks.ts';
import { eventHooks, type EventHooks } from './event-hooks.ts';
import { hookUrlOf } from './hook.ts';
import { toCliError } from './okta-error.ts';
import { createSendToOrg, readCredentials, setupTokenVariable, type OrgAccess } from './org-access.ts';
import { removeHooks, setUpHook, type HookSettings, type ReportStep } from './set-up-hook.ts';
import {
  isRegistrationAsked,
  registrationScopes,
  setUpRegistration,
  type RegistrationOptions,
} from './set-up-registration.ts';
import { acceptsSecret, verifyReceiver } from './verify-receiver.ts';

export interface OktaSetupOptions extends RegistrationOptions {
  tenant?: string;
  receiverUrl?: string;
  renewSecret?: boolean;
  remove?: boolean;
  list?: boolean;
}

interface Target {
  setup: Setup;
  tenant: ReturnType<typeof pickTenant>;
  hooks: EventHooks;
  report: ReportStep;
}

/** Runs `okta setup` and reports each completed step. @throws CliError */
export async function runOktaSetup(cli: Cli, options: OktaSetupOptions): Promise<void> {
  if (options.list === true && options.remove === true)
    throw new CliError('usage', 'Use only one of --list and --remove');
  const setup = await findSetup(cli.environment);
  const tenant = pickTenant(await readConfig(setup), options.tenant);
  const { paint, err } = cli.terminal;
  if (options.hub !== undefined && !isRegistrationAsked(options))
    throw new CliError('usage', '--hub needs --registration-attribute, --registration-group or --routing-rule');
  const access = accessFor(setup, tenant, options);
  const send = createSendToOrg(access);
  const hooks = eventHooks(send);
  const target: Target = { setup, tenant, hooks, report: (step) => err(`${paint.green('✓')} ${clean(step)}`) };
  try {
    await readCredentials(access);
    if (options.list === true) await list(cli, target);
    else if (options.remove === true) await remove(cli, target);
    else if (isRegistrationAsked(options)) await registerUsers(cli, { target, send, options });
    else await install(cli, target, options);
  } catch (error) {
    throw toCliError(error, access.config.okta.orgUrl, access.scopes ?? []);
  }
}

function accessFor({ environment }: Setup, { name, config }: Target['tenant'], options: OktaSetupOptions): OrgAccess {
  const setupToken = environment[setupTokenVariable];
  const token = setupToken === undefined || setupToken === '' ? null : { token: { env: setupTokenVariable } };
  const org = options.hub === undefined ? config.okta : hubOf(config, { url: options.hub, hasToken: token !== null });
  const scopes = registrationScopes(options);
  return {
    tenant: name,
    config: { ...config, okta: { ...config.okta, orgUrl: org.orgUrl, auth: token ?? org.auth } },
    environment,
    // Okta sends the challenge twice at most, with a timeout of three seconds, before it answers.
    timeoutMs: 20_000,
    scopes: scopes.length > 0 ? scopes : ['okta.eventHooks.manage', 'okta.eventHooks.read'],
  };
}

/** The key of a hub that the API named is not here: it takes an administrator's token. */
function hubOf(
  { hub, okta }: TenantConfig,
  { url, hasToken }: { url: string | true; hasToken: boolean },
): Pick<TenantConfig['okta'], 'orgUrl' | 'auth'> {
  if (url === true && hub !== undefined) return hub;
  if (url === true || !hasToken)
    throw new CliError(
      'usage',
      `Name the hub in keycourier.yaml, or by --hub <url> with its token in ${setupTokenVariable}`,
    );
  if (!URL.canParse(url) || !['https:', 'http:'].includes(new URL(url).protocol))
    throw new CliError('usage', `${url} is no URL of an org`);
  return { orgUrl: url, auth: okta.auth };
}

async function registerUsers(
  cli: Cli,
  { target, send, options }: { target: Target; send: SendToOkta; options: RegistrationOptions },
): Promise<void> {
  const { tenant, report } = target;
  const yaml = await setUpRegistration({ send, report }, tenant, options);
  printResult(
    cli,
    { yaml },
    () => `${tenant.name}: put this into keycourier.yaml and restart the worker:\n${yaml.trimEnd()}`,
  );
}

async function install(cli: Cli, target: Target, options: OktaSetupOptions): Promise<void> {
  const { tenant, hooks, report } = target;
  const settings = await readHookSettings(cli, target, options);
  await checkReceiver(cli, target, settings);
  const hook = await setUpHook({ hooks, settings, report });
  const { events, channel } = hook;
  printResult(
    cli,
    { hook },
    () => `${tenant.name}: Event hook active: ${events.items.length} event types → ${clean(channel.config.uri)}`,
  );
}

/** Before anything changes in the org. @throws CliError `refused` if every delivery would be turned away */
async function checkReceiver(
  { terminal, receiverTimeoutMs }: Cli,
  { report }: Target,
  { url, secret }: HookSettings,
): Promise<void> {
  if (await verifyReceiver(url, receiverTimeoutMs)) report(`the receiver returned the challenge at ${url}`);
  else
    terminal.err(
      terminal.paint.yellow(`! the receiver cannot be reached from here at ${clean(url)}; Okta may still reach it`),
    );
  if ((await acceptsSecret(url, secret, receiverTimeoutMs)) === false)
    throw new CliError(
      'refused',
      `The receiver at ${url} does not accept the first of hook.secrets: restart it with this configuration, then run this again. Nothing was changed in the org.`,
    );
}

async function readHookSettings(cli: Cli, { setup, tenant }: Target, options: OktaSetupOptions): Promise<HookSettings> {
  const receiver = options.receiverUrl ?? cli.environment['KEYCOURIER_RECEIVER_URL'] ?? setup.local?.receiver;
  if (receiver === undefined || !/^https?:\/\//.test(receiver) || !URL.canParse(receiver))
    throw new CliError('usage', "Set the receiver's public URL: --receiver-url https://…");
  const [reference] = tenant.config.hook.secrets;
  if (reference === undefined) throw new CliError('usage', 'The tenant has no hook.secrets');
  await refuseUnusable({ setup, tenant });
  const secret = await resolveSecret(reference, setup.environment);
  return {
    tenant: tenant.name,
    url: hookUrlOf(receiver, tenant.name),
    secret,
    renewSecret: options.renewSecret === true,
  };
}

/** A secret that the receiver would refuse at its start is not sent to the org either. @throws CliError `usage` */
async function refuseUnusable({ setup, tenant }: Pick<Target, 'setup' | 'tenant'>): Promise<void> {
  const uses = secretUsesOf(tenant.name, tenant.config).filter(({ kind }) => kind === 'hook');
  const problems = await secretProblems({ uses, environment: setup.environment });
  if (problems.length > 0) throw new CliError('usage', problems.join('\n'));
}

async function list(cli: Cli, { hooks, tenant }: Target): Promise<void> {
  const all = await hooks.list();
  const isOurs = (hook: Hook): boolean => isForTenant(hook, tenant.name);
  printResult(cli, { items: all.map((hook) => ({ ...hook, isOurs: isOurs(hook) })) }, () =>
    drawHooks(cli.terminal, all, isOurs),
  );
}

async function remove(cli: Cli, { hooks, tenant, report }: Target): Promise<void> {
  await confirm(
    cli,
    `Okta sends no more events of ${tenant.name} to keycourier: what it sends meanwhile is never repeated.`,
  );
  const removed = await removeHooks(hooks, tenant.name, report);
  printResult(cli, { removed }, () =>
    removed.length === 0 ? `${tenant.name}: No event hook to remove.` : `${tenant.name}: Event hook removed.`,
  );
}
