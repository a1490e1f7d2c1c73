import type { Request } from 'express';

/** The whole path that was asked for: Express cuts `path` short inside of what is mounted. */
export const pathOf = (request: Request): string => request.baseUrl + request.path;

/** Bull Board's scripts ask, rather than a person's browser for a page. */
export const isApi = (request: Request): boolean => pathOf(request).startsWith('/queues/api/');
