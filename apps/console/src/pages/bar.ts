const pages = [
  { page: 'overview', href: '/', title: 'Overview' },
  { page: 'connections', href: '/connections', title: 'Connections' },
  { page: 'queues', href: '/queues', title: 'Queues' },
] as const;

/** The navigation bar of a wide page as a part of its template; its view has `operator`, and `token` for the form. */
export const barOf = (current: (typeof pages)[number]['page']): string => `<header class="bar">
  <a class="brand" href="/"><img src="/assets/mark.svg" alt="" width="24" height="24">keycourier</a>
  <nav aria-label="Console">${pages
    .map(({ page, href, title }) => `<a href="${href}"${page === current ? ' aria-current="page"' : ''}>${title}</a>`)
    .join('')}</nav>
  <form class="who" method="post" action="/sign-out">
    <input type="hidden" name="_csrf" value="<%= it.token %>">
    <span><%= it.operator %></span>
    <button class="plain" type="submit">Sign out</button>
  </form>
</header>`;
