import { z } from 'zod';

import { OktaError, validationFailed } from '../http/errors.ts';
import { parseBody, type Handler } from '../http/handler.ts';
import { textOf, type User } from '../users/user.ts';
import { findEnrollment, fulfillmentProviderSchema } from './enrollment.ts';
import { findSubject } from './find-subject.ts';

const bodySchema = z.looseObject({
  userId: z.string(),
  fulfillmentProvider: fulfillmentProviderSchema,
  authenticatorEnrollmentId: z.string(),
});

/** `POST …/send-pin`: mails the stored PIN on each call. */
export const sendPin: Handler = async (org, request) => {
  const { userId, authenticatorEnrollmentId } = parseBody(bodySchema, request.body, 'pinRequest');
  const user = await findSubject(org.db, userId);
  const enrollment = await findEnrollment(org.db, user.id, authenticatorEnrollmentId);
  if (org.sendPinMail === undefined)
    throw new OktaError('E0000006', { causes: ['This org has no mail server (SMTP_URL), so it cannot send PINs.'] });
  if (enrollment.sealed_pin === null)
    throw validationFailed('authenticatorEnrollmentId', ['authenticatorEnrollmentId: no preset PIN is available']);
  const to = recipient(user);
  try {
    await org.sendPinMail(to, org.sealing.unseal(enrollment.sealed_pin));
  } catch (cause) {
    throw new OktaError('E0000009', { causes: ['The mail server did not take the mail.'], cause });
  }
  return { status: 204 };
};

/** A new user cannot read the primary mailbox yet. @throws OktaError E0000001 if the address is missing */
function recipient(user: User): string {
  const attribute = user.status === 'STAGED' ? 'secondEmail' : 'email';
  const address = textOf(user, attribute);
  if (address === undefined) throw validationFailed(attribute, [`${attribute}: The user has no such address`]);
  return address;
}
