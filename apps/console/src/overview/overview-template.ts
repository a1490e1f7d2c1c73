export const overviewTemplate = `<header class="bar">
  <a class="brand" href="/"><img src="/assets/mark.svg" alt="" width="24" height="24">keycourier</a>
  <nav aria-label="Console"><a href="/" aria-current="page">Overview</a><a href="/queues">Queues</a></nav>
  <form class="who" method="post" action="/sign-out">
    <input type="hidden" name="_csrf" value="<%= it.token %>">
    <span><%= it.operator %></span>
    <button class="plain" type="submit">Sign out</button>
  </form>
</header>
<main>
<div class="notices">
<% if (!it.ledgerIsThere) { %>
  <p class="notice">The ledger has no tables yet. The worker makes them when it starts; then the shipments are here.</p>
<% } %>
<% for (const row of it.paused) { %>
  <p class="notice">Tenant <strong><%= row.tenant %></strong> is paused until <%= row.until %>: <%= row.reason %>. Its calls are refused; check the credentials in the config file.</p>
<% } %>
<% if (it.eventsSetAside !== '0') { %>
  <p class="notice">Events set aside since they could not be read: <strong><%= it.eventsSetAside %></strong>. The receiver's log says which and why.</p>
<% } %>
</div>

<% if (it.ledgerIsThere) { %>
<section aria-labelledby="act">
  <h1 id="act">A person must act<% if (it.held.length > 0) { %> <span class="badge"><%= it.heldTotal %></span><% } %></h1>
  <% if (it.held.length === 0) { %>
    <p class="calm">Nothing is held. Every shipment goes on by itself, or has ended.</p>
  <% } else { %>
    <div class="sheet"><table>
      <thead><tr><th scope="col">Shipment</th><th scope="col">Held for</th><th scope="col">Why, and what to do</th><th scope="col">Fields</th></tr></thead>
      <tbody>
      <% for (const row of it.held) { %>
        <tr>
          <td><code class="id"><%= row.id %></code><span class="quiet"><%= row.tenant %></span></td>
          <td class="nowrap"><time datetime="<%= row.since %>" title="since <%= row.since %>"><%= row.waits %></time></td>
          <td><strong class="code"><%= row.code %></strong><span class="quiet"><%= row.advice %></span></td>
          <td><% if (row.problems.length === 0) { %><span class="quiet">—</span><% } %><% for (const problem of row.problems) { %><span class="field"><code><%= problem.field %></code> <%= problem.code %></span><% } %></td>
        </tr>
      <% } %>
      </tbody>
    </table></div>
    <% if (it.heldNotShown !== '0') { %><p class="quiet">and <%= it.heldNotShown %> more, which wait less long</p><% } %>
    <p class="quiet">A hold is lifted in the API: <code>POST /v1/shipments/{id}/retry</code>, or the action that the line above names. A retry in the queues does not lift it.</p>
  <% } %>
</section>

<section aria-labelledby="all">
  <h2 id="all">Shipments</h2>
  <ul class="counts">
  <% for (const row of it.counts) { %>
    <li class="<%= row.status %><%= row.count === '0' ? ' none' : '' %>"><span class="count"><%= row.count %></span><span class="title"><%= row.title %></span></li>
  <% } %>
  </ul>
</section>
<% } %>

<section aria-labelledby="work">
  <h2 id="work">The work behind it</h2>
  <p><a class="button" href="/queues">Open the queues</a></p>
  <p class="quiet">Jobs, their results and their retries. PIN delivery can be watched there, and not be touched.</p>
</section>
</main>
<footer class="quiet">As of <%= it.at %>. <a href="/">Look again</a></footer>`;
