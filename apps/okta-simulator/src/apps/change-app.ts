import { changeHandler } from '../http/change-handler.ts';
import { OktaError } from '../http/errors.ts';
import { param, type Handler } from '../http/handler.ts';
import { appTarget, findApp } from './app.ts';

const setStatus = (
  status: 'ACTIVE' | 'INACTIVE',
  type: `application.lifecycle.${'activate' | 'deactivate'}`,
): Handler =>
  changeHandler(async ({ org, request, tx, record }) => {
    const app = await findApp(tx, param(request, 'appId'), 'for no key update');
    if (app.status !== status) {
      await tx.query('update app set status = $2, last_updated = $3 where id = $1', [app.id, status, org.now()]);
      await record({ type, targets: [appTarget(app)] });
    }
    return { status: 200 };
  });

/** `POST …/lifecycle/activate`: tasks that were waiting go on. */
export const activateApp = setStatus('ACTIVE', 'application.lifecycle.activate');
/** `POST …/lifecycle/deactivate`: nothing is sent, and tasks wait. */
export const deactivateApp = setStatus('INACTIVE', 'application.lifecycle.deactivate');

/** `DELETE /api/v1/apps/{appId}`: only of an inactive app; sends nothing. */
export const deleteApp = changeHandler(async ({ request, tx, record }) => {
  const app = await findApp(tx, param(request, 'appId'), 'for no key update');
  if (app.status === 'ACTIVE')
    throw new OktaError('E0000006', { causes: ['status: an active app cannot be deleted; deactivate it before'] });
  await tx.query('delete from app where id = $1', [app.id]);
  await record({ type: 'application.lifecycle.delete', targets: [appTarget(app)] });
  return { status: 204 };
});
