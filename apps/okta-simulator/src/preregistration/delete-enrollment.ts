import { changeHandler } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { findUser, userTarget } from '../users/user.ts';
import { enrollmentTarget, findEnrollment } from './enrollment.ts';

/** `DELETE …/users/{userId}/enrollments/{authenticatorEnrollmentId}`, in any status. */
export const deleteEnrollment = changeHandler(async ({ request, tx, record }) => {
  const user = await findUser(tx, param(request, 'userId'));
  const enrollment = await findEnrollment(tx, user.id, param(request, 'authenticatorEnrollmentId'));
  await tx.query('delete from enrollment where id = $1', [enrollment.id]);
  await record({ type: 'user.mfa.factor.deactivate', targets: [userTarget(user), enrollmentTarget(enrollment)] });
  return { status: 204 };
});
