import type { ApiDocument } from './describe-api.ts';
import { documentShape } from './document-shape.ts';

/** Everything comes from our own origin, where the page's requests go too; nothing inline, nothing evaluated. */
export const docsPolicy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** The page around Swagger UI (decision 0062), with its contents, which need no script. */
export function renderDocs(document: ApiDocument): string {
  const { info, tags, paths } = documentShape.parse(document);
  const operations = Object.values(paths).flatMap((methods) => Object.entries(methods));
  const groups = tags.map(({ name }) => {
    const links = operations
      .filter(([, operation]) => operation.tags[0] === name)
      .map(([method, { operationId, summary }]) => link(name, { method, operationId, summary }));
    return `<li><a href="#/${name}">${escape(name)}</a><ul>${links.join('')}</ul></li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(info.title)} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<details id="contents" open><summary>Contents</summary><nav aria-label="Contents"><ul>${groups.join('')}</ul></nav></details>
<main id="reference"><noscript>This page needs scripts. <a href="/v1/openapi.json">/v1/openapi.json</a> is the same as OpenAPI.</noscript></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}

const link = (
  tag: string,
  { method, operationId, summary }: { method: string; operationId: string; summary: string },
): string =>
  `<li><a href="#/${tag}/${operationId}"><span>${escape(summary)}</span><code class="${method}">${method}</code></a></li>`;

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * Starts Swagger UI. A key that is entered stays in the page's memory, and no validator is asked. Links of the contents
 * open their operation: Swagger UI itself reads the address only once.
 */
export const startScript = `
const dark = matchMedia('(prefers-color-scheme: dark)');
const narrow = matchMedia('(max-width: 60rem)');
const contents = document.getElementById('contents');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
const fold = () => { contents.open = !narrow.matches; };
dark.addEventListener('change', follow);
narrow.addEventListener('change', fold);
follow();
fold();
const ui = SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: false,
  persistAuthorization: false,
  requestSnippetsEnabled: true,
  tryItOutEnabled: false,
  validatorUrl: null,
  withCredentials: false,
});
addEventListener('hashchange', () => {
  const [, tag, operation] = location.hash.slice(1).split('/').map(decodeURIComponent);
  if (tag === undefined || tag === '') return;
  if (narrow.matches) contents.open = false;
  ui.layoutActions.show(['operations-tag', tag], true);
  if (operation !== undefined) ui.layoutActions.show(['operations', tag, operation], true);
  const id = operation === undefined ? 'operations-tag-' + tag : 'operations-' + tag + '-' + operation;
  requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView());
});
`;

export const pageStyle = `
:root { --text: #1c2430; --muted: #5b6675; --line: #dfe4ea; --ground: #fff; --side: #f6f8fa; --accent: #0b6bcb; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaf0; --muted: #9aa6b5; --line: #2c3542; --ground: #1c2022; --side: #15181b; --accent: #6cb2ff; }
}
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
#contents { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem; background: var(--side);
  border-right: 1px solid var(--line); }
#contents summary { display: none; }
#contents ul { list-style: none; margin: 0; padding: 0; }
#contents ul ul { margin: .15rem 0 .9rem; }
#contents a { display: flex; justify-content: space-between; gap: .5rem; padding: .2rem .5rem; border-radius: 4px; color: var(--muted);
  text-decoration: none; }
#contents nav > ul > li > a { color: var(--text); font-weight: 600; text-transform: capitalize; }
#contents a:hover { color: var(--accent); background: color-mix(in srgb, var(--accent) 10%, transparent); }
#contents a:focus-visible { outline: 2px solid var(--accent); }
#contents code { font-size: .7rem; line-height: 1.5rem; text-transform: uppercase; color: var(--muted); }
#contents code.post { color: #1f8a4c; } #contents code.get { color: #0b6bcb; }
#contents code.delete { color: #c43b3b; } #contents code.patch { color: #a0620a; }
@media (prefers-color-scheme: dark) {
  #contents code.post { color: #57c785; } #contents code.get { color: #6cb2ff; }
  #contents code.delete { color: #f08a8a; } #contents code.patch { color: #e3b163; }
}
#reference { min-width: 0; padding-bottom: 4rem; }
.swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .btn, .swagger-ui .opblock .opblock-summary-description,
.swagger-ui .markdown p, .swagger-ui .renderedMarkdown p, .swagger-ui .markdown li, .swagger-ui .renderedMarkdown li,
.swagger-ui table thead tr th, .swagger-ui .parameter__name, .swagger-ui .response-col_status { font-family: system-ui, sans-serif; }
.swagger-ui .wrapper { max-width: 76rem; padding: 0 2rem; }
.swagger-ui .info { margin: 2rem 0 1rem; }
.swagger-ui .info .description { max-width: 46rem; }
.swagger-ui .scheme-container { margin: 0; padding: .5rem 0; background: none; box-shadow: none; }
.swagger-ui .scheme-container .servers-title, .swagger-ui .scheme-container .servers { display: none; }
.swagger-ui .opblock { box-shadow: none; border-radius: 6px; margin: 0 0 .5rem; }
.swagger-ui .opblock .opblock-summary-method { border-radius: 4px; }
.swagger-ui .opblock-tag { padding: 1rem 0 .5rem; font-size: 1.35rem; text-transform: capitalize; }
.swagger-ui .opblock-tag small { text-transform: none; }
.swagger-ui .renderedMarkdown code, .swagger-ui .markdown code { color: inherit; font-weight: 500; }
@media (max-width: 60rem) {
  body { display: block; }
  #contents { position: static; height: auto; max-height: 70vh; padding: .75rem 1rem; border-right: 0; border-bottom: 1px solid var(--line); }
  #contents summary { display: list-item; cursor: pointer; font-weight: 600; }
  #contents nav { margin-top: .75rem; }
  .swagger-ui .wrapper { padding: 0 1rem; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; }
  .swagger-ui .opblock-body { overflow-x: auto; }
}
`;
