/** Eta escapes every value. The page has no script. */
export const docsTemplate = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.title %></title>
<link rel="icon" href="data:,">
<style><%~ it.style %></style>
</head>
<body>
<nav aria-label="Contents">
<a class="top" href="#top"><%= it.title %></a>
<% it.groups.forEach((group) => { %>
<h2><%= group.name %></h2>
<ul>
<% group.operations.forEach((operation) => { %>
<li><a href="#<%= operation.id %>"><%= operation.summary %></a></li>
<% }) %>
</ul>
<% }) %>
<h2>Schemas</h2>
<ul>
<% it.components.forEach((component) => { %><li><a href="#schema-<%= component.name %>"><%= component.name %></a></li><% }) %>
</ul>
</nav>
<main id="top">
<h1><%= it.title %></h1>
<%~ include('@prose', { prose: it.intro }) %>
<p>OpenAPI document: <a href="/v1/openapi.json">/v1/openapi.json</a></p>
<% it.groups.forEach((group) => { %>
<section>
<h2><%= group.name %></h2>
<p><%= group.description %></p>
<% group.operations.forEach((operation) => { %>
<article id="<%= operation.id %>">
<h3><%= operation.summary %></h3>
<p class="line"><span class="method <%= operation.method %>"><%= operation.method %></span> <code><%= operation.path %></code></p>
<%~ include('@prose', { prose: operation.description }) %>
<% if (operation.parameters.length > 0) { %>
<h4>Parameters</h4>
<%~ include('@rows', { rows: operation.parameters }) %>
<% } %>
<% if (operation.body !== null) { %>
<h4>Body<% if (!operation.body.isRequired) { %> (optional)<% } %></h4>
<% operation.body.content.forEach((body) => { %><%~ include('@body', body) %><% }) %>
<% } %>
<h4>Responses</h4>
<% operation.responses.forEach((response) => { %>
<% if (response.status < '3') { %>
<details open>
<summary><b><%= response.status %></b></summary>
<%~ include('@prose', { prose: response.description }) %>
<% response.content.forEach((body) => { %><%~ include('@body', body) %><% }) %>
</details>
<% } else { %>
<div class="refusal"><b><%= response.status %></b> <div><%~ include('@prose', { prose: response.description }) %></div></div>
<% } %>
<% }) %>
</article>
<% }) %>
</section>
<% }) %>
<section>
<h2>Schemas</h2>
<% it.components.forEach((component) => { %>
<article id="schema-<%= component.name %>">
<h3><%= component.name %></h3>
<%~ include('@prose', { prose: component.description }) %>
<%~ include('@rows', { rows: component.rows }) %>
</article>
<% }) %>
</section>
</main>
</body>
</html>
`;

export const proseTemplate = `<% it.prose.forEach((paragraph) => { %><p><% paragraph.forEach((piece) => { if (piece.isCode) { %><code><%= piece.text %></code><% } else { %><%= piece.text %><% } }) %></p>
<% }) %>`;

export const rowsTemplate = `<div class="table"><table>
<thead><tr><th>Name</th><th>Type</th><th>Description</th></tr></thead>
<tbody>
<% it.rows.forEach((row) => { %>
<tr>
<td><code><%= row.name %></code><% if (row.isRequired) { %> <abbr title="required">*</abbr><% } %><% if (row.where) { %> <small><%= row.where %></small><% } %></td>
<td><% if (row.component === null) { %><%= row.type %><% } else { %><a href="#schema-<%= row.component %>"><%= row.type %></a><% } %></td>
<td><%~ include('@prose', { prose: row.description }) %></td>
</tr>
<% }) %>
</tbody>
</table></div>
`;

export const bodyTemplate = `<p class="media"><code><%= it.mediaType %></code><% if (it.component !== null) { %> · <a href="#schema-<%= it.component %>"><%= it.type %></a><% } %></p>
<% if (it.rows.length > 0) { %><%~ include('@rows', { rows: it.rows }) %><% } %>
<% if (it.example !== null) { %><pre tabindex="0"><code><%= it.example %></code></pre><% } %>
`;
