import { renderCard } from './layout.tsx';

export const signOutPage = ({ token }: { token: string }): string =>
  renderCard(
    'Sign out',
    <>
      <h1>Sign out?</h1>
      <p class="lead">This ends your session.</p>
      <form method="post" action="/sign-out">
        <input type="hidden" name="_csrf" value={token} />
        <button type="submit">Sign out</button>
      </form>
      <p class="aside">
        <a href="/">Back to the overview</a>
      </p>
    </>,
  );
