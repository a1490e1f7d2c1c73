import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { findUser, userTarget } from '../users/user.ts';
import { enrollmentTarget, findEnrollment } from './enrollment.ts';

/** `DELETE …/users/{userId}/enrollments/{authenticatorEnrollmentId}`, in any status. */
export const deleteEnrollment: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'userId'));
    const enrollment = await findEnrollment(tx, user.id, param(request, 'authenticatorEnrollmentId'));
    await tx.query('delete from enrollment where id = $1', [enrollment.id]);
    await recordEvents(tx, { org, details: request.details }, [
      { type: 'user.mfa.factor.deactivate', targets: [userTarget(user), enrollmentTarget(enrollment)] },
    ]);
  });
  return { status: 204 };
};
