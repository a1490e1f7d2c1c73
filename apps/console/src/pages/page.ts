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
<body class="<%= it.layoutName %>">
<%~ it.body %>
</body>
</html>
`;

const eta = new Eta({ autoEscape: true });
eta.loadTemplate('@layout', layout);

/** `single`: one centered card. `wide`: the navigation bar with the page below. */
export type Layout = 'single' | 'wide';

/** Creates a page's render function. The template escapes every value. */
export function definePage(layoutName: Layout, template: string): (view: object & { title: string }) => string {
  const compiled = eta.compile(template);
  return (view) => {
    const body = eta.render(compiled, view);
    return eta.render('@layout', { title: view.title, layoutName, body });
  };
}
