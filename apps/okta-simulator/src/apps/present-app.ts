import type { App } from './app.ts';

/** The features that an app's page shows, from what is ticked under Provisioning. */
function featuresOf({ capabilities, options }: App): string[] {
  const { create, update } = capabilities;
  const on: [string, { status: string }][] = [
    ['PUSH_NEW_USERS', create.lifecycleCreate],
    ['PUSH_PROFILE_UPDATES', update.profile],
    ['PUSH_USER_DEACTIVATION', update.lifecycleDeactivate],
    ['REACTIVATE_USERS', update.lifecycleDeactivate],
    ['PUSH_PASSWORD_UPDATES', update.password],
  ];
  const ticked = on.flatMap(([name, { status }]) => (status === 'ENABLED' ? [name] : []));
  return ['SCIM_PROVISIONING', 'GROUP_PUSH', ...ticked, ...(options.importGroups ? ['GROUP_SYNC'] : [])];
}

/** The app in the format of the API. */
export function presentApp(origin: string, app: App): Record<string, unknown> {
  const self = `${origin}/api/v1/apps/${app.id}`;
  const verb = app.status === 'ACTIVE' ? 'deactivate' : 'activate';
  return {
    id: app.id,
    name: app.name,
    label: app.label,
    status: app.status,
    created: app.created.toISOString(),
    lastUpdated: app.last_updated.toISOString(),
    accessibility: { selfService: false },
    visibility: { autoSubmitToolbar: false, hide: { iOS: false, web: false }, appLinks: {}, ...app.visibility },
    features: featuresOf(app),
    signOnMode: app.sign_on_mode,
    credentials: { scheme: 'EDIT_USERNAME_AND_PASSWORD', userNameTemplate, revealPassword: false, signing: {} },
    settings: app.settings,
    _links: {
      self: { href: self },
      users: { href: `${self}/users` },
      groups: { href: `${self}/groups` },
      [verb]: { href: `${self}/lifecycle/${verb}` },
    },
  };
}

const userNameTemplate = { template: '${source.login}', type: 'BUILT_IN' };
