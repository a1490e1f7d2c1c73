import { definePage } from './page.ts';

export interface SignInView {
  token: string;
  /** The path to open after the sign-in. */
  to: string;
  /** Why the last attempt failed. */
  message?: string;
}

const render = definePage(
  'single',
  `<main class="card">
  <img class="mark" src="/assets/mark.svg" alt="" width="44" height="44">
  <h1>keycourier</h1>
  <p class="lead">Operator console</p>
  <% if (it.message) { %><p class="notice" role="alert" id="error"><%= it.message %></p><% } %>
  <form method="post" action="/sign-in">
    <input type="hidden" name="_csrf" value="<%= it.token %>">
    <input type="hidden" name="to" value="<%= it.to %>">
    <label for="user">User name</label>
    <input id="user" name="user" required maxlength="100" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus<% if (it.message) { %> aria-describedby="error"<% } %>>
    <label for="password">Password</label>
    <input id="password" name="password" type="password" required maxlength="1000" autocomplete="current-password">
    <button type="submit">Sign in</button>
  </form>
</main>`,
);

/** Works without scripts, and never echoes input. */
export const signInPage = (view: SignInView): string => render({ ...view, title: 'Sign in' });
