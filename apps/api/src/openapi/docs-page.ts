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

/** The API's documentation as one page that loads nothing, not even from here. */
export const renderDocs = (document: ApiDocument): string =>
  eta.render('@docs', { ...docsView(documentShape.parse(document)), style: docsStyle });

const styleHash = createHash('sha256').update(docsStyle).digest('base64');

/** What the page may do: show its own style and an empty icon. */
export const docsPolicy = {
  'default-src': ["'none'"],
  'style-src': [`'sha256-${styleHash}'`],
  'img-src': ['data:'],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};
