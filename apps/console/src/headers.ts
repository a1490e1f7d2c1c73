import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

type Sources = Record<string, string[]>;

const nothing: Sources = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Our own pages run the live script, which reads our own pages, and makes HTML of text by one policy. */
const ownPages: Sources = {
  ...nothing,
  'script-src': ["'self'"],
  'connect-src': ["'self'"],
  'require-trusted-types-for': ["'script'"],
  'trusted-types': ['keycourier'],
};

/** Bull Board runs its own scripts and worker, without eval, and has inline styles. Its web font is not loaded. */
const boardPages: Sources = {
  ...nothing,
  'script-src': ["'self'"],
  'worker-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'font-src': ["'self'"],
  'base-uri': ["'self'"],
};

export const headersOfOwnPages = (secure: boolean): RequestHandler => helmet(withSources(ownPages, secure));
export const headersOfBoard = (secure: boolean): RequestHandler => helmet(withSources(boardPages, secure));

function withSources(sources: Sources, secure: boolean): HelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...sources, ...(secure ? { 'upgrade-insecure-requests': [] } : {}) },
    },
    // With helmet's default `no-referrer`, browsers send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure,
    xFrameOptions: { action: 'deny' },
  };
}
