import type { CheckedProfile } from '@keycourier/journey/model/profile';
import type { OrderRequest } from '@keycourier/journey/ports/fulfillment';

/** The recipient, address and delivery type, as an order and its edit contain them. */
export const labelBody = ({
  profile,
  recipientEmail,
  deliveryType,
}: Pick<OrderRequest, 'profile' | 'recipientEmail' | 'deliveryType'>): Record<string, unknown> => ({
  delivery_type: deliveryType,
  recipient: {
    recipient_company: profile.organization,
    recipient_email: recipientEmail,
    recipient_firstname: profile.firstName,
    recipient_lastname: profile.lastName,
    recipient_telephone: profile.primaryPhone,
  },
  mailing_address: mailingAddress(profile),
});

/** The six fields of an address at the provider; an optional one is left empty, as in Yubico's own integrations. */
export const mailingAddress = (profile: CheckedProfile): Record<string, string> => ({
  street_line1: profile.streetLine1,
  street_line2: profile.streetLine2 ?? '',
  city: profile.city,
  region: profile.state ?? '',
  postal_code: profile.zipCode,
  country_code_2: profile.countryCode,
});
