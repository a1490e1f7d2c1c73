import { barOf } from '../pages/bar.ts';

export const connectionsTemplate = `${barOf('connections')}
<main>
<section aria-labelledby="connections">
  <h1 id="connections">SCIM connections</h1>
  <% if (it.rows.length === 0) { %>
    <p class="calm">There is no connection. <code>keycourier connections create &lt;name&gt;</code> makes one, and prints its base URL and token.</p>
  <% } else { %>
    <div class="sheet"><table>
      <thead><tr><th scope="col">Connection</th><th scope="col">Last request</th><th scope="col">Last 7 days</th><th scope="col">What to look at</th></tr></thead>
      <tbody>
      <% for (const row of it.rows) { %>
        <tr>
          <td><a href="/connections/<%= row.id %>"><%= row.name %></a><span class="quiet"><%= row.tenant %></span></td>
          <td class="nowrap" data-label="last request"><%= row.lastRequest %></td>
          <td data-label="7 days:"><%= row.counts %></td>
          <td data-label="to look at:"><% if (row.revoked !== null) { %><span class="quiet">revoked <%= row.revoked %></span><% } else if (row.warnings.length === 0) { %><span class="quiet">nothing</span><% } %><% for (const warning of row.warnings) { %><span class="message warn"><%= warning %></span><% } %></td>
        </tr>
      <% } %>
      </tbody>
    </table></div>
  <% } %>
  <p class="quiet">Connections are created and changed through the API and the command line: <code>keycourier connections</code>.</p>
</section>
</main>
<footer class="quiet">As of <%= it.at %>. <a href="/connections">Refresh</a></footer>`;

export const connectionTemplate = `${barOf('connections')}
<main>
<p class="trail"><a href="/connections">SCIM connections</a></p>
<h1><%= it.name %></h1>
<div class="notices">
<% if (it.revoked !== null) { %><p class="notice">Revoked on <%= it.revoked %>: its client is refused. The people that it provisioned stay.</p><% } %>
<% for (const warning of it.warnings) { %><p class="notice"><%= warning %></p><% } %>
</div>

<section aria-labelledby="facts">
  <h2 id="facts">Connection</h2>
  <dl class="facts">
    <% for (const fact of it.facts) { %><div><dt><%= fact.name %></dt><dd><% if (fact.isCode) { %><code><%= fact.value %></code><% } else { %><%= fact.value %><% } %></dd></div><% } %>
  </dl>
</section>

<section aria-labelledby="tokens">
  <h2 id="tokens">Tokens</h2>
  <div class="sheet"><table>
    <thead><tr><th scope="col">Token</th><th scope="col">Created</th><th scope="col">Last used</th><th scope="col">State</th></tr></thead>
    <tbody>
    <% for (const row of it.tokens) { %>
      <tr><td><code class="id"><%= row.id %></code><span class="quiet"><%= row.kind %></span></td><td class="nowrap" data-label="created"><%= row.created %></td><td class="nowrap" data-label="last used"><%= row.used %></td><td><%= row.state %></td></tr>
    <% } %>
    </tbody>
  </table></div>
  <p class="quiet">To rotate: <code>keycourier connections rotate <%= it.id %></code>, enter the new token in the client, then revoke the former one.</p>
</section>

<section aria-labelledby="errors">
  <h2 id="errors">Last errors</h2>
  <% if (it.errors.length === 0) { %><p class="calm">The last request about each user and group succeeded.</p><% } else { %>
  <div class="sheet"><table>
    <thead><tr><th scope="col">When</th><th scope="col">About</th><th scope="col">What the client was answered</th><th scope="col">Times</th></tr></thead>
    <tbody>
    <% for (const row of it.errors) { %>
      <tr><td class="nowrap"><%= row.at %></td><td><% if (row.subject === null) { %><span class="quiet">a user or group that does not exist here</span><% } else { %><code class="id"><%= row.subject %></code><% } %></td><td><span class="message"><%= row.detail %></span><code class="code"><%= row.status %></code></td><td data-label="times:"><%= row.times %></td></tr>
    <% } %>
    </tbody>
  </table></div>
  <p class="quiet">Who it is: <code>keycourier people show usr_…</code>. The console shows no names: it has no key to them.</p><% } %>
</section>

<section aria-labelledby="mapping">
  <h2 id="mapping">Attribute mapping<% if (it.isDefaultMapping) { %> <span class="badge">default</span><% } %></h2>
  <div class="sheet"><table>
    <thead><tr><th scope="col">Attribute</th><th scope="col">SCIM path</th><th scope="col">Fills</th><th scope="col">Note</th></tr></thead>
    <tbody>
    <% for (const row of it.mapping) { %>
      <tr><td><%= row.source %></td><td><code class="id"><%= row.path %></code></td><td data-label="<%= row.target === null ? '' : 'fills' %>"><% if (row.target === null) { %><span class="quiet">—</span><% } else { %><code><%= row.target %></code><% } %></td><td class="quiet"><%= row.note %></td></tr>
    <% } %>
    </tbody>
  </table></div>
</section>

<% if (it.revoked === null) { %>
<section aria-labelledby="connect">
  <h2 id="connect">Connect Okta</h2>
  <ol class="steps">
    <li>In the Okta Admin Console add the app <em>SCIM 2.0 Test App (Header Auth)</em>, with the dashboard icon hidden.</li>
    <li>Provisioning, <em>Configure API Integration</em>, <em>Enable API integration</em>: base URL <code><%= it.baseUrl %></code> and the token, then <em>Test API Credentials</em> and <em>Save</em>.</li>
    <li>To App, <em>Edit</em>: enable <em>Create Users</em>, <em>Update User Attributes</em> and <em>Deactivate Users</em>.</li>
    <li>Check that <code>countryCode</code> is mapped to the country of the address, assign people or groups, then push the groups whose members get a key.</li>
  </ol>
</section>
<% } %>
</main>
<footer class="quiet">As of <%= it.at %>. <a href="/connections/<%= it.id %>">Refresh</a></footer>`;
