import { barOf } from '../pages/bar.ts';

export const overviewTemplate = `${barOf('overview')}
<main>
<div class="notices">
<% if (!it.hasLedger) { %>
  <p class="notice">The ledger has no tables yet. The worker creates them when it starts.</p>
<% } %>
<% for (const row of it.paused) { %>
  <p class="notice">Tenant <strong><%= row.tenant %></strong> is paused until <%= row.until %>: <%= row.reason %>. No calls are made for it until then. Check its credentials in the config file.</p>
<% } %>
<% for (const row of it.unreadLogs) { %>
  <p class="notice">The System Log of tenant <strong><%= row.tenant %></strong> cannot be read since <%= row.since %>: <%= row.message %></p>
<% } %>
<% if (it.eventsSetAside !== '0') { %>
  <p class="notice">Events set aside: <strong><%= it.eventsSetAside %></strong>. They may ask for a key: <code>keycourier events --outcome set_aside</code> lists them with the reasons.</p>
<% } %>
</div>

<% if (it.hasLedger) { %>
<section aria-labelledby="attention">
  <h1 id="attention">Needs attention<% if (it.held.length > 0) { %> <span class="badge"><%= it.heldTotal %></span><% } %></h1>
  <% if (it.held.length === 0) { %>
    <p class="calm">No shipment is held.</p>
  <% } else { %>
    <div class="sheet"><table>
      <thead><tr><th scope="col">Shipment</th><th scope="col">Held for</th><th scope="col">Reason and next step</th><th scope="col">Problems</th></tr></thead>
      <tbody>
      <% for (const row of it.held) { %>
        <tr>
          <td><code class="id"><%= row.id %></code><span class="quiet"><%= row.tenant %></span><span class="quiet"><%= row.key %></span></td>
          <td class="nowrap"><time datetime="<%= row.since %>" title="since <%= row.since %>"><%= row.age %></time></td>
          <td><span class="message"><%= row.message %></span><code class="code"><%= row.code %></code></td>
          <td><% if (row.problems.length === 0) { %><span class="quiet">—</span><% } %><% for (const problem of row.problems) { %><% if (problem.message !== row.message) { %><span class="message"><%= problem.message %></span><% } %><code class="code"><%= problem.field %>: <%= problem.code %></code><% } %></td>
        </tr>
      <% } %>
      </tbody>
    </table></div>
    <% if (it.heldOmitted !== '0') { %><p class="quiet">and <%= it.heldOmitted %> more, held for less time</p><% } %>
    <p class="quiet">Lift a hold through the API: <code>POST /v1/shipments/{id}/retry</code>, or the action named in the row. Retrying a job in the queues does not lift it.</p>
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

<section aria-labelledby="queues">
  <h2 id="queues">Queues</h2>
  <p><a class="button" href="/queues">Open the queues</a></p>
  <p class="quiet">Jobs, their results and retries. The queue pin-delivery is read-only.</p>
</section>
</main>
<footer class="quiet">As of <%= it.at %>. <a href="/">Refresh</a></footer>`;
