import type { Attribute } from './attribute.ts';
import { binary, flag, list, text, uri } from './define.ts';

/** What a User has and is in: attributes with several values (RFC 7643 §4.1.2 and §8.7.1). Ids of groups are case-exact. */
export const userOtherValues: readonly Attribute[] = [
  list(
    'groups',
    'A list of groups to which the user belongs, either through direct membership, through nested groups, or dynamically calculated.',
    {
      mutability: 'readOnly',
      of: [
        text('value', "The identifier of the User's group.", { caseExact: true, mutability: 'readOnly' }),
        uri('$ref', "The URI of the corresponding 'Group' resource to which the user belongs.", {
          to: ['Group'],
          mutability: 'readOnly',
        }),
        text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.', {
          mutability: 'readOnly',
        }),
        text('type', "A label indicating the attribute's function, e.g., 'direct' or 'indirect'.", {
          canonicalValues: ['direct', 'indirect'],
          mutability: 'readOnly',
        }),
      ],
    },
  ),
  list('entitlements', 'A list of entitlements for the User that represent a thing the User has.', {
    of: [
      text('value', 'The value of an entitlement.'),
      text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.'),
      text('type', "A label indicating the attribute's function."),
      flag(
        'primary',
        "A Boolean value indicating the 'primary' or preferred attribute value for this attribute.  The primary attribute value 'True' MUST appear no more than once.",
      ),
    ],
  }),
  list(
    'roles',
    "A list of roles for the User that collectively represent who the User is, e.g., 'Student', 'Faculty'.",
    {
      of: [
        text('value', 'The value of a role.'),
        text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.'),
        text('type', "A label indicating the attribute's function."),
        flag(
          'primary',
          "A Boolean value indicating the 'primary' or preferred attribute value for this attribute.  The primary attribute value 'True' MUST appear no more than once.",
        ),
      ],
    },
  ),
  list('x509Certificates', 'A list of certificates issued to the User.', {
    of: [
      binary('value', 'The value of an X.509 certificate.'),
      text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.'),
      text('type', "A label indicating the attribute's function."),
      flag(
        'primary',
        "A Boolean value indicating the 'primary' or preferred attribute value for this attribute.  The primary attribute value 'True' MUST appear no more than once.",
      ),
    ],
  }),
];
