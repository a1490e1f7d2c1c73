/** The namespaces of RFC 7643, which a SCIM server stores core and enterprise attributes under. */
export const coreUser = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const enterpriseUser = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** An attribute of an app's user profile, and where a SCIM server has it. */
export interface AppAttribute {
  title: string;
  /** A path such as `name.givenName`, or `aliases.^[type=='email'].value` for one value of a multi-valued attribute. */
  externalName: string;
  externalNamespace: string;
  /** The expression of the default mapping; undefined if it maps nothing. */
  mapping?: string;
}

const core = (title: string, externalName: string, mapping?: string): AppAttribute => ({
  title,
  externalName,
  externalNamespace: coreUser,
  ...(mapping === undefined ? {} : { mapping }),
});

const enterprise = (title: string, name: string): AppAttribute => ({
  title,
  externalName: name,
  externalNamespace: enterpriseUser,
  mapping: `user.${name}`,
});

/** `work` only beside a value, as in Okta's own default mapping. */
const workBeside = (name: string): string => `(user.${name} != null && user.${name} != '') ? 'work' : ''`;

/** The attributes of Okta's SCIM 2.0 apps with their default mapping, in the order in which a create has them. */
export const baseAppAttributes: Readonly<Record<string, AppAttribute>> = {
  userName: core('Username', 'userName'),
  givenName: core('Given name', 'name.givenName', 'user.firstName'),
  familyName: core('Family name', 'name.familyName', 'user.lastName'),
  middleName: core('Middle name', 'name.middleName', 'user.middleName'),
  honorificPrefix: core('Honorific prefix', 'name.honorificPrefix', 'user.honorificPrefix'),
  honorificSuffix: core('Honorific suffix', 'name.honorificSuffix', 'user.honorificSuffix'),
  email: core('Email', 'emails.^[primary==true].value', 'user.email'),
  emailType: core('Email type', 'emails.^[primary==true].type', workBeside('email')),
  secondEmail: core('Secondary email', "emails.^[type=='secondary'].value", 'user.secondEmail'),
  primaryPhone: core('Primary phone', 'phoneNumbers.^[primary==true].value', 'user.primaryPhone'),
  primaryPhoneType: core('Primary phone type', 'phoneNumbers.^[primary==true].type', workBeside('primaryPhone')),
  mobilePhone: core('Mobile phone', "phoneNumbers.^[type=='mobile'].value", 'user.mobilePhone'),
  addressType: core('Address type', 'addresses.^[primary==true].type', workBeside('streetAddress')),
  streetAddress: core('Street address', 'addresses.^[primary==true].streetAddress', 'user.streetAddress'),
  locality: core('Locality', 'addresses.^[primary==true].locality', 'user.city'),
  region: core('Region', 'addresses.^[primary==true].region', 'user.state'),
  postalCode: core('Postal Code', 'addresses.^[primary==true].postalCode', 'user.zipCode'),
  country: core('Country', 'addresses.^[primary==true].country', 'user.countryCode'),
  displayName: core('Display name', 'displayName', 'user.displayName'),
  nickName: core('Nickname', 'nickName', 'user.nickName'),
  profileUrl: core('Profile Url', 'profileUrl', 'user.profileUrl'),
  title: core('Title', 'title', 'user.title'),
  userType: core('User type', 'userType', 'user.userType'),
  preferredLanguage: core('Preferred language', 'preferredLanguage', 'user.preferredLanguage'),
  locale: core('Locale name', 'locale', 'user.locale'),
  timezone: core('Time zone', 'timezone', 'user.timezone'),
  employeeNumber: enterprise('Employee number', 'employeeNumber'),
  costCenter: enterprise('Cost center', 'costCenter'),
  organization: enterprise('Organization', 'organization'),
  division: enterprise('Division', 'division'),
  department: enterprise('Department', 'department'),
};

/** The default mapping of a new app: app attribute → expression. `userName` follows the app's own template. */
export const defaultMapping = (): Record<string, { expression: string; pushStatus: 'PUSH' }> =>
  Object.fromEntries(
    Object.entries(baseAppAttributes).flatMap(([name, { mapping }]) =>
      mapping === undefined ? [] : [[name, { expression: mapping, pushStatus: 'PUSH' }]],
    ),
  );
