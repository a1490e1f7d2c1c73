import { renderCard } from './layout.tsx';

export interface SignInView {
  token: string;
  /** The path to open after the sign-in. */
  to: string;
  /** Why the last attempt failed. */
  message?: string;
}

/** Works without scripts, and never echoes input. */
export const signInPage = ({ token, to, message }: SignInView): string =>
  renderCard(
    'Sign in',
    <>
      <h1>keycourier</h1>
      <p class="lead">Operator console</p>
      {message !== undefined && (
        <p class="notice" role="alert" id="error">
          {message}
        </p>
      )}
      <form method="post" action="/sign-in">
        <input type="hidden" name="_csrf" value={token} />
        <input type="hidden" name="to" value={to} />
        <label for="user">User name</label>
        <input
          id="user"
          name="user"
          required
          maxLength={100}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          autofocus
          aria-describedby={message === undefined ? undefined : 'error'}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          required
          maxLength={1_000}
          autocomplete="current-password"
        />
        <button type="submit">Sign in</button>
      </form>
    </>,
  );
