import { z } from 'zod';

import { changeHandler } from '../http/change-handler.ts';
import { validationFailed } from '../http/errors.ts';
import { flag, parseBody } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { oktaId, randomText } from '../store/okta-id.ts';
import { defaultMapping } from './app-attributes.ts';
import { appSchema, appTarget, capabilitiesSchema, type AppOptions } from './app.ts';
import { presentApp } from './present-app.ts';

/** The catalog's key of the app "SCIM 2.0 Test App (Header Auth)". */
export const catalogApp = 'scim2testapp_headerauth';

const bodySchema = z.looseObject({
  name: z.string().min(1).max(100).nullish(),
  label: z.string().min(1).max(100),
  signOnMode: z.enum(['AUTO_LOGIN', 'BROWSER_PLUGIN', 'SAML_2_0', 'OPENID_CONNECT', 'BOOKMARK']),
  settings: z.record(z.string(), z.unknown()).nullish(),
  visibility: z.record(z.string(), z.unknown()).nullish(),
});

const template: AppOptions = { client: 'template', authorization: 'header', importGroups: false, pagedLookup: true };
const wizard: AppOptions = { client: 'wizard', authorization: 'bearer', importGroups: false, pagedLookup: false };

/** A body without a name makes an app of the App Integration Wizard, whose name the org makes up. */
function kindOf(name: string | null | undefined): { name: string; options: AppOptions } {
  if (name === null || name === undefined)
    return { name: `scim_wizard_${randomText(6).toLowerCase()}`, options: wizard };
  if (name === catalogApp) return { name, options: template };
  throw validationFailed('name', [`name: ${name} is not an app of the catalog`]);
}

/** `POST /api/v1/apps?activate=`: answers 200, not 201. */
export const createApp = changeHandler(async ({ org, request, tx, record }) => {
  const body = parseBody(bodySchema, request.body, 'app');
  const { name, options } = kindOf(body.name);
  const status = flag(request, 'activate', true) ? 'ACTIVE' : 'INACTIVE';
  const [app] = await select(tx, appSchema, {
    text: `insert into app (id, name, label, sign_on_mode, status, settings, visibility, capabilities, options,
       mapping_id, mapping, created, last_updated)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) returning *`,
    values: [
      oktaId('0oa'),
      name,
      body.label,
      body.signOnMode,
      status,
      JSON.stringify(body.settings ?? {}),
      JSON.stringify(body.visibility ?? {}),
      JSON.stringify(capabilitiesSchema.parse({})),
      JSON.stringify(options),
      oktaId('prm'),
      JSON.stringify(defaultMapping()),
      org.now(),
    ],
  });
  const created = appSchema.parse(app);
  await record({ type: 'application.lifecycle.create', targets: [appTarget(created)] });
  return { status: 200, body: presentApp(request.origin, created) };
});
