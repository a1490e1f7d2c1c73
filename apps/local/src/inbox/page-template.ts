import { createHash } from 'node:crypto';

/** Loads new mails every two seconds; without scripts, the browser reloads the page. */
export const pageScript = `
setInterval(async () => {
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (location.pathname === '/') document.title = next.title;
    for (const id of location.pathname === '/' ? ['count', 'list', 'reader'] : ['count', 'list']) {
      const [old, fresh] = [document.getElementById(id), next.getElementById(id)];
      if (fresh && old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
    }
  } catch {}
}, 2000);
`;

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Applies to the frame with a mail's HTML, too: only this page's script runs, and nothing is loaded from other hosts. */
export const pageSecurityPolicy = [
  "default-src 'none'",
  `script-src ${sha256(pageScript)}`,
  "style-src 'unsafe-inline'",
  'img-src data:',
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const pageTemplate = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.mail ? it.mail.subject + ' · ' : '' %>Inbox</title>
<link rel="icon" href="data:,">
<noscript><meta http-equiv="refresh" content="10"></noscript>
<style><%~ it.style %></style>
</head>
<body>
<header class="bar">
  <h1><a href="/">Inbox</a></h1>
  <span class="count" id="count"><%= it.count %></span>
  <form action="/" method="get" role="search"><input type="search" name="q" value="<%= it.q %>" placeholder="Recipient or subject" aria-label="Search by recipient or subject"></form>
</header>
<main>
<section id="list" aria-label="Mails">
  <ol>
  <% for (const row of it.rows) { %>
    <li><a href="<%= row.href %>"<% if (row.open) { %> aria-current="true"<% } %>>
      <span class="row"><span class="clip who"><%= row.to %></span><time datetime="<%= row.receivedAt %>"><%= row.at %></time></span>
      <span class="clip"><%= row.subject %></span>
      <span class="clip about">from <%= row.from %></span>
    </a></li>
  <% } %>
  </ol>
  <% if (it.newer || it.older) { %>
    <nav class="pages" aria-label="Pages"><span><% if (it.newer) { %><a href="<%= it.newer %>">← Newer</a><% } %></span><span><% if (it.older) { %><a href="<%= it.older %>">Older →</a><% } %></span></nav>
  <% } %>
</section>
<article id="reader">
<% if (it.mail) { %>
  <h2><%= it.mail.subject %></h2>
  <dl>
    <dt>From</dt><dd><%= it.mail.from %></dd>
    <dt>To</dt><dd><%= it.mail.to %></dd>
    <% if (it.mail.delivered) { %><dt>Delivered to</dt><dd><%= it.mail.delivered %></dd><% } %>
    <dt>Received</dt><dd><time datetime="<%= it.mail.receivedAt %>"><%= it.mail.at %></time></dd>
  </dl>
  <nav class="parts" aria-label="Parts of the mail">
  <% for (const part of it.mail.parts) { %>
    <a href="<%= part.href %>"<% if (part.open) { %> aria-current="true"<% } %>><%= part.title %></a>
  <% } %>
  </nav>
  <% if (it.mail.frame !== undefined) { %>
    <iframe title="The mail as its sender laid it out" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="<%= it.mail.frame %>"></iframe>
  <% } else { %>
    <pre><%= it.mail.plain %></pre>
  <% } %>
<% } else { %>
  <p class="empty"><strong><%= it.empty %></strong>Mails to all addresses arrive here. New mails appear automatically.</p>
<% } %>
</article>
</main>
<script><%~ it.script %></script>
</body>
</html>
`;
