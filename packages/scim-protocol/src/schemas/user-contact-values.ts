import type { Attribute } from './attribute.ts';
import { flag, list, text, uri } from './define.ts';

/** How a User is reached: attributes with several values (RFC 7643 §4.1.2 and §8.7.1). */
export const userContactValues: readonly Attribute[] = [
  list(
    'emails',
    "Email addresses for the user.  The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'.",
    {
      of: [
        text(
          'value',
          "Email addresses for the user.  The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'.",
        ),
        text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.'),
        text('type', "A label indicating the attribute's function, e.g., 'work' or 'home'.", {
          canonicalValues: ['work', 'home', 'other'],
        }),
        flag(
          'primary',
          "A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred mailing address or primary email address.  The primary attribute value 'True' MUST appear no more than once.",
        ),
      ],
    },
  ),
  list(
    'phoneNumbers',
    "Phone numbers for the User.  The value SHOULD be canonicalized by the service provider according to the format specified in RFC 3966, e.g., 'tel:+1-201-555-0123'. Canonical type values of 'work', 'home', 'mobile', 'fax', 'pager', and 'other'.",
    {
      of: [
        text('value', 'Phone number of the User.'),
        text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.'),
        text('type', "A label indicating the attribute's function, e.g., 'work', 'home', 'mobile'.", {
          canonicalValues: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
        }),
        flag(
          'primary',
          "A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred phone number or primary phone number.  The primary attribute value 'True' MUST appear no more than once.",
        ),
      ],
    },
  ),
  list('ims', 'Instant messaging addresses for the User.', {
    of: [
      text('value', 'Instant messaging address for the User.'),
      text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.'),
      text('type', "A label indicating the attribute's function, e.g., 'aim', 'gtalk', 'xmpp'.", {
        canonicalValues: ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo'],
      }),
      flag(
        'primary',
        "A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred messenger or primary messenger.  The primary attribute value 'True' MUST appear no more than once.",
      ),
    ],
  }),
  list('photos', 'URLs of photos of the User.', {
    of: [
      uri('value', 'URL of a photo of the User.', { to: ['external'], caseExact: true }),
      text('display', 'A human-readable name, primarily used for display purposes.  READ-ONLY.'),
      text('type', "A label indicating the attribute's function, i.e., 'photo' or 'thumbnail'.", {
        canonicalValues: ['photo', 'thumbnail'],
      }),
      flag(
        'primary',
        "A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred photo or thumbnail.  The primary attribute value 'True' MUST appear no more than once.",
      ),
    ],
  }),
  list(
    'addresses',
    "A physical mailing address for this User. Canonical type values of 'work', 'home', and 'other'.  This attribute is a complex type with the following sub-attributes.",
    {
      of: [
        text(
          'formatted',
          'The full mailing address, formatted for display or use with a mailing label.  This attribute MAY contain newlines.',
        ),
        text(
          'streetAddress',
          'The full street address component, which may include house number, street name, P.O. box, and multi-line extended street address information.  This attribute MAY contain newlines.',
        ),
        text('locality', 'The city or locality component.'),
        text('region', 'The state or region component.'),
        text('postalCode', 'The zip code or postal code component.'),
        text('country', 'The country name component.'),
        text('type', "A label indicating the attribute's function, e.g., 'work' or 'home'.", {
          canonicalValues: ['work', 'home', 'other'],
        }),
        flag(
          'primary',
          "A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred mailing address or primary email address.  The primary attribute value 'True' MUST appear no more than once.",
        ),
      ],
    },
  ),
];
