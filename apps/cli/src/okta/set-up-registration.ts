import { registrationSchema, standardAttribute } from '@keycourier/config/registration';
import type { TenantConfig } from '@keycourier/config/tenant';
import type { SendToOkta } from '@keycourier/connectors/okta/send';

import { CliError } from '../errors.ts';
import {
  makeAttribute,
  makeGroup,
  makeRoutingRule,
  readIdentityProvider,
  type Part,
  type WantedAttribute,
} from './registration-parts.ts';
import type { ReportStep } from './set-up-hook.ts';

export interface RegistrationOptions {
  /** True for the default name. */
  registrationAttribute?: string | true;
  registrationGroup?: string | true;
  routingRule?: boolean;
  idp?: string;
  /** In the hub instead of the tenant's org: true for that of keycourier.yaml, or its URL. */
  hub?: string | true;
}

export const isRegistrationAsked = ({
  registrationAttribute,
  registrationGroup,
  routingRule,
  idp,
}: RegistrationOptions): boolean =>
  [registrationAttribute, registrationGroup, routingRule, idp].some((option) => option !== undefined);

/** What the command needs of the org, so that an access token has it. */
export function registrationScopes({
  registrationAttribute,
  registrationGroup,
  routingRule,
}: RegistrationOptions): string[] {
  return [
    ...(registrationAttribute === undefined ? [] : ['okta.schemas.manage', 'okta.schemas.read']),
    ...(registrationGroup === undefined ? [] : ['okta.groups.manage', 'okta.groups.read']),
    ...(routingRule === undefined ? [] : ['okta.policies.manage', 'okta.policies.read', 'okta.idps.read']),
  ];
}

const standardGroup = 'keycourier registered';

/**
 * Makes the attribute, the group and the routing rule that are asked for; what exists is compared and left alone. Where a
 * later part fails, what was made before is taken back. @returns the part of keycourier.yaml
 * @throws CliError, ConnectorError
 */
export async function setUpRegistration(
  { send, report }: { send: SendToOkta; report: ReportStep },
  { name, config }: { name: string; config: TenantConfig },
  options: RegistrationOptions,
): Promise<string> {
  const setting = options.hub === undefined ? 'registration' : 'hubRegistration';
  const attribute = attributeOf(config[setting], options);
  const group = options.registrationGroup === true ? standardGroup : options.registrationGroup;
  const idp = idpOf(options);
  if (idp !== null && attribute === null)
    throw new CliError('usage', 'A routing rule asks for an attribute: add --registration-attribute');
  const provider = idp === null ? null : await readIdentityProvider(send, idp);
  const made: Part[] = [];
  const make = async <Made extends Part>(part: Promise<Made>): Promise<Made> => {
    const done = await part;
    made.push(done);
    report(done.line);
    return done;
  };
  try {
    if (attribute !== null && options.registrationAttribute !== undefined) await make(makeAttribute(send, attribute));
    const groupId = group === undefined ? null : (await make(makeGroup(send, group))).id;
    if (provider !== null && attribute !== null)
      await make(makeRoutingRule(send, { tenant: name, attribute, provider }));
    return yamlOf(setting, { attribute: options.registrationAttribute === undefined ? null : attribute, groupId });
  } catch (error) {
    await takeBack(made, report);
    throw error;
  }
}

function idpOf({ routingRule, idp }: RegistrationOptions): string | null {
  if (routingRule === true && idp === undefined)
    throw new CliError('usage', 'Name the identity provider that --routing-rule sends to: --idp <id>');
  if (routingRule !== true && idp !== undefined) throw new CliError('usage', '--idp needs --routing-rule');
  return idp ?? null;
}

/** As the config has it, where that is the one; a new one is a boolean. */
function attributeOf(
  registration: TenantConfig['registration'],
  { registrationAttribute: chosen }: RegistrationOptions,
): WantedAttribute | null {
  const configured = registration?.attribute;
  if (chosen === undefined) return configured ?? null;
  const name = chosen === true ? (configured?.name ?? standardAttribute) : chosen;
  if (configured?.name === name) return configured;
  const parsed = registrationSchema.safeParse({ attribute: { name } });
  if (!parsed.success || parsed.data.attribute === undefined)
    throw new CliError('usage', `${name} cannot be the attribute: ${parsed.error?.issues[0]?.message ?? 'unknown'}`);
  return parsed.data.attribute;
}

async function takeBack(made: readonly Part[], report: ReportStep): Promise<void> {
  for (const { line, undo } of made.toReversed()) {
    if (undo === null) continue;
    const isUndone = await undo().then(
      () => true,
      () => false,
    );
    report(isUndone ? `taken back: ${line}` : `could not be taken back, delete it in Okta: ${line}`);
  }
}

/** Each value in JSON, which YAML reads too. */
function yamlOf(
  setting: string,
  { attribute, groupId }: { attribute: WantedAttribute | null; groupId: string | null },
): string {
  const flow = (entries: object): string =>
    Object.entries(entries)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join(', ');
  return [
    `${setting}:`,
    ...(attribute === null ? [] : [`  attribute: { ${flow(attribute)} }`]),
    ...(groupId === null ? [] : [`  group: { ${flow({ id: groupId })} }`]),
  ].join('\n');
}
