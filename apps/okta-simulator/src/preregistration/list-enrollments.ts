import { param, type Handler } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { findUser } from '../users/user.ts';
import { enrollmentSchema, presentEnrollment } from './enrollment.ts';

/** `GET …/users/{userId}/enrollments` */
export const listEnrollments: Handler = async (org, request) => {
  const user = await findUser(org.db, param(request, 'userId'));
  const enrollments = await select(org.db, enrollmentSchema, {
    text: 'select * from enrollment where user_id = $1 order by ordinal',
    values: [user.id],
  });
  return { status: 200, body: enrollments.map((enrollment) => presentEnrollment(request.origin, enrollment)) };
};
