import { definePage } from './page.ts';

const render = definePage(
  'single',
  `<main class="card">
  <img class="mark" src="/assets/mark.svg" alt="" width="44" height="44">
  <h1>Sign out?</h1>
  <p class="lead">This ends your session.</p>
  <form method="post" action="/sign-out">
    <input type="hidden" name="_csrf" value="<%= it.token %>">
    <button type="submit">Sign out</button>
  </form>
  <p class="aside"><a href="/">Back to the overview</a></p>
</main>`,
);

export const signOutPage = (view: { token: string }): string => render({ ...view, title: 'Sign out' });
