import { definePage } from './page.ts';

export interface SignInView {
  token: string;
  /** Where the operator was going. */
  to: string;
  /** What went wrong the last time. */
  message?: string;
}

const render = definePage(
  'single',
  `<main class="card">
  <img class="mark" src="/assets/mark.svg" alt="" width="44" height="44">
  <h1>keycourier</h1>
  <p class="lead">The operators' console</p>
  <% if (it.message) { %><p class="notice" role="alert" id="wrong"><%= it.message %></p><% } %>
  <form method="post" action="/sign-in">
    <input type="hidden" name="_csrf" value="<%= it.token %>">
    <input type="hidden" name="to" value="<%= it.to %>">
    <label for="user">User</label>
    <input id="user" name="user" required maxlength="100" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus<% if (it.message) { %> aria-describedby="wrong"<% } %>>
    <label for="password">Password</label>
    <input id="password" name="password" type="password" required maxlength="1000" autocomplete="current-password">
    <button type="submit">Sign in</button>
  </form>
</main>`,
);

/** Works without scripts. What was typed is never sent back into it. */
export const signInPage = (view: SignInView): string => render({ ...view, title: 'Sign in' });
