import { createHash } from 'node:crypto';

import { Eta } from 'eta';

import type { ApiDocument } from './describe-api.ts';
import { docsStyle } from './docs-style.ts';
import { bodyTemplate, docsTemplate, proseTemplate, rowsTemplate } from './docs-template.ts';
import { docsView } from './docs-view.ts';
import { documentShape } from './document-shape.ts';

const eta = new Eta({ autoEscape: true });
eta.loadTemplate('@docs', docsTemplate);
eta.loadTemplate('@prose', proseTemplate);
eta.loadTemplate('@rows', rowsTemplate);
eta.loadTemplate('@body', bodyTemplate);

/** The API's documentation as a single page without any further requests. */
export const renderDocs = (document: ApiDocument): string =>
  eta.render('@docs', { ...docsView(documentShape.parse(document)), style: docsStyle });

const styleHash = createHash('sha256').update(docsStyle).digest('base64');

/** The page may use its inline style and an empty icon only. */
export const docsPolicy = {
  'default-src': ["'none'"],
  'style-src': [`'sha256-${styleHash}'`],
  'img-src': ['data:'],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};
