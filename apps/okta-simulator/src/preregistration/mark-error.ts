import { changeHandler } from '../http/change-handler.ts';
import { validationFailed } from '../http/errors.ts';
import { param } from '../http/handler.ts';
import { findUser } from '../users/user.ts';
import { findEnrollment } from './enrollment.ts';

const markErrored = `update enrollment set status = 'FULFILLMENT_ERRORED', last_updated = $2 where id = $1`;

/** `POST …/enrollments/{authenticatorEnrollmentId}/mark-error`: raises no event; activation reverts it. */
export const markError = changeHandler(async ({ org, request, tx }) => {
  const user = await findUser(tx, param(request, 'userId'));
  const enrollment = await findEnrollment(tx, user.id, param(request, 'authenticatorEnrollmentId'));
  if (enrollment.status === 'ACTIVE')
    throw validationFailed('authenticatorEnrollmentId', ['authenticatorEnrollmentId: the enrollment is active']);
  await tx.query(markErrored, [enrollment.id, org.now()]);
  return { status: 204 };
});
