import { param, type Handler } from '../http/handler.ts';
import { findApp } from './app.ts';
import { presentApp } from './present-app.ts';

/** `GET /api/v1/apps/{appId}` */
export const getApp: Handler = async (org, request) => ({
  status: 200,
  body: presentApp(request.origin, await findApp(org.db, param(request, 'appId'))),
});
