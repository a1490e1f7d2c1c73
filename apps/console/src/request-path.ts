import type { Request } from 'express';

/** The whole path of a request: inside a mounted router, Express shortens `path`. */
export const pathOf = (request: Request): string => request.baseUrl + request.path;

/** Whether Bull Board's scripts sent the request. */
export const isBoardApi = (request: Request): boolean => pathOf(request).startsWith('/queues/api/');
