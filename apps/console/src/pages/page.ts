import { Eta } from 'eta';

const layout = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title><%= it.title %> · keycourier</title>
<link rel="icon" type="image/svg+xml" href="/assets/mark.svg">
<link rel="stylesheet" href="/assets/console.css">
</head>
<body class="<%= it.look %>">
<%~ it.body %>
</body>
</html>
`;

const eta = new Eta({ autoEscape: true });
eta.loadTemplate('@layout', layout);

/** `single`: one card in the middle. `wide`: the console's bar, and the page below it. */
export type Look = 'single' | 'wide';

/** Makes a page's render function; every value is escaped on its way into the template. */
export function definePage(look: Look, template: string): (view: object & { title: string }) => string {
  const compiled = eta.compile(template);
  return (view) => {
    const body = eta.render(compiled, view);
    return eta.render('@layout', { title: view.title, look, body });
  };
}
