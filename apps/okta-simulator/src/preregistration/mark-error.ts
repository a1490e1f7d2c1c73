import { changeOrg } from '../context.ts';
import { validationFailed } from '../http/errors.ts';
import { param, type Handler } from '../http/handler.ts';
import { findUser } from '../users/user.ts';
import { findEnrollment } from './enrollment.ts';

/** `POST …/enrollments/{authenticatorEnrollmentId}/mark-error`: raises no event; activation reverts it. */
export const markError: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'userId'));
    const enrollment = await findEnrollment(tx, user.id, param(request, 'authenticatorEnrollmentId'));
    if (enrollment.status === 'ACTIVE')
      throw validationFailed('authenticatorEnrollmentId', ['authenticatorEnrollmentId: the enrollment is active']);
    await tx.query(`update enrollment set status = 'FULFILLMENT_ERRORED', last_updated = $2 where id = $1`, [
      enrollment.id,
      org.now(),
    ]);
  });
  return { status: 204 };
};
