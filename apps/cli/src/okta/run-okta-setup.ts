import { resolveSecret } from '@keycourier/config/config-file';

import { answer, type Cli } from '../cli.ts';
import { findSetUp, pickTenant, readConfig, type SetUp } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { clean } from '../output/clean.ts';
import { askForChallenge } from './ask-for-challenge.ts';
import { drawHooks } from './draw-hooks.ts';
import { eventHooks, type EventHooks } from './event-hooks.ts';
import { hookUrlOf, isForTenant, type Hook } from './hook.ts';
import { openOrg, readCredentials, setupTokenVariable, type OrgAccess } from './open-org.ts';
import { restateOkta } from './restate-okta.ts';
import { removeHooks, setUpHook, type Tell } from './set-up-hook.ts';

export interface OktaSetupOptions {
  tenant?: string;
  receiverUrl?: string;
  renewSecret?: boolean;
  remove?: boolean;
  list?: boolean;
}

interface Job {
  setUp: SetUp;
  tenant: ReturnType<typeof pickTenant>;
  hooks: EventHooks;
  tell: Tell;
}

/** Does what `okta setup` was asked for, and tells of every step as it is done. @throws CliError */
export async function runOktaSetup(cli: Cli, options: OktaSetupOptions): Promise<void> {
  if (options.list === true && options.remove === true) throw new CliError('usage', 'Give one of --list and --remove');
  const setUp = await findSetUp(cli.environment);
  const tenant = pickTenant(await readConfig(setUp), options.tenant);
  const { paint, err } = cli.terminal;
  const access = setUpAccess(setUp, tenant);
  const hooks = eventHooks(openOrg(access));
  const job: Job = { setUp, tenant, hooks, tell: (done) => err(`${paint.green('✓')} ${clean(done)}`) };
  try {
    await readCredentials(access);
    if (options.list === true) await list(cli, job);
    else if (options.remove === true) await remove(cli, job);
    else await setup(cli, job, options);
  } catch (error) {
    throw restateOkta(error, tenant.config.okta.orgUrl);
  }
}

function setUpAccess({ environment }: SetUp, { name, config }: Job['tenant']): OrgAccess {
  const ownToken = environment[setupTokenVariable];
  const auth = ownToken === undefined || ownToken === '' ? config.okta.auth : { token: { env: setupTokenVariable } };
  return {
    tenant: name,
    config: { ...config, okta: { ...config.okta, auth } },
    environment,
    // Okta asks the receiver twice at most, three seconds each, before it answers.
    timeoutMs: 20_000,
    scopes: ['okta.eventHooks.manage', 'okta.eventHooks.read'],
  };
}

async function setup(cli: Cli, { setUp, tenant, hooks, tell }: Job, options: OktaSetupOptions): Promise<void> {
  const base = options.receiverUrl ?? cli.environment['KEYCOURIER_RECEIVER_URL'] ?? setUp.local?.receiver;
  if (base === undefined || !/^https?:\/\//.test(base) || !URL.canParse(base))
    throw new CliError('usage', 'Say where Okta reaches the receiver: --receiver-url https://…');
  const url = hookUrlOf(base, tenant.name);
  const [reference] = tenant.config.hook.secrets;
  if (reference === undefined) throw new CliError('usage', 'The tenant has no hook.secrets');
  const secret = await resolveSecret(reference, setUp.environment);
  if (await askForChallenge(url)) tell(`the receiver gives the challenge back at ${url}`);
  else
    cli.terminal.err(
      cli.terminal.paint.yellow(
        `! the receiver is not reached from here at ${clean(url)}; Okta may reach it nevertheless`,
      ),
    );
  const hook = await setUpHook(
    hooks,
    { tenant: tenant.name, url, secret, renewSecret: options.renewSecret === true },
    tell,
  );
  answer(
    cli,
    { hook },
    () =>
      `${tenant.name}: Okta tells ${clean(hook.channel.config.uri)} about ${hook.events.items.length} kinds of events.`,
  );
}

async function list(cli: Cli, { hooks, tenant }: Job): Promise<void> {
  const all = await hooks.list();
  const isOurs = (hook: Hook): boolean => isForTenant(hook, tenant.name);
  answer(cli, { items: all.map((hook) => ({ ...hook, isOurs: isOurs(hook) })) }, () =>
    drawHooks(cli.terminal, all, isOurs),
  );
}

async function remove(cli: Cli, { hooks, tenant, tell }: Job): Promise<void> {
  const removed = await removeHooks(hooks, tenant.name, tell);
  answer(cli, { removed }, () =>
    removed.length === 0
      ? `${tenant.name}: there was no hook of ours.`
      : `${tenant.name}: Okta tells us nothing any more.`,
  );
}
