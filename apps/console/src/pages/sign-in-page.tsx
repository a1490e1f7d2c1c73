import type { ComponentChildren, VNode } from 'preact';

import type { SignInFailure } from '../sign-in/okta-client.ts';
import type { Identity } from '../sign-in/okta-roles.ts';
import { renderCard } from './layout.tsx';

export interface SignInView {
  token: string;
  /** The path to open after the sign-in. */
  to: string;
  /** Why the last attempt failed. */
  message?: string;
  /** Whether there is a sign-in with Okta, and accounts of the operators' file. */
  methods: { okta: boolean; local: boolean; isEmergency: boolean };
}

/** Works without scripts, and never echoes input. */
export const signInPage = ({ token, to, message, methods }: SignInView): string =>
  renderCard(
    'Sign in',
    <>
      <h1>keycourier</h1>
      <p class="lead">Operator console</p>
      {methods.okta && (
        <p>
          <a class="button" href={`/sign-in/okta?${new URLSearchParams({ to }).toString()}`}>
            Sign in with Okta
          </a>
        </p>
      )}
      {methods.local && (
        <LocalAccount
          isFolded={methods.isEmergency && methods.okta && message === undefined}
          isEmergency={methods.isEmergency}
        >
          <Alert message={message} />
          <LocalForm token={token} to={to} message={message} isFirst={!methods.okta} />
        </LocalAccount>
      )}
    </>,
  );

interface LocalFormProps {
  token: string;
  to: string;
  message: string | undefined;
  isFirst: boolean;
}

const LocalForm = ({ token, to, message, isFirst }: LocalFormProps): VNode => (
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
      autofocus={isFirst}
      aria-describedby={message === undefined ? undefined : 'error'}
    />
    <Password message={message} />
    <button type="submit">Sign in</button>
  </form>
);

const LocalAccount = (props: { isFolded: boolean; isEmergency: boolean; children: ComponentChildren }): VNode =>
  props.isFolded ? (
    <details class="aside">
      <summary>{props.isEmergency ? 'Break-glass account' : 'Local account'}</summary>
      {props.isEmergency && <p class="quiet">Its use raises an alarm.</p>}
      {props.children}
    </details>
  ) : (
    <>{props.children}</>
  );

const Alert = ({ message }: { message: string | undefined }): VNode | null =>
  message === undefined ? null : (
    <p class="notice" role="alert" id="error">
      {message}
    </p>
  );

const Password = ({ message }: { message: string | undefined }): VNode => (
  <>
    <label for="password">Password</label>
    <input
      id="password"
      name="password"
      type="password"
      required
      maxLength={1_000}
      autocomplete="current-password"
      aria-describedby={message === undefined ? undefined : 'error'}
    />
  </>
);

/** For local operators; Okta's step up at Okta. */
export const stepUpPage = (view: { token: string; to: string; user: string; message?: string }): string =>
  renderCard(
    'Confirm it is you',
    <>
      <h1>Confirm it is you</h1>
      <p class="lead">{`What you are about to do needs the password of ${view.user} again.`}</p>
      <Alert message={view.message} />
      <form method="post" action="/step-up">
        <input type="hidden" name="_csrf" value={view.token} />
        <input type="hidden" name="to" value={view.to} />
        <Password message={view.message} />
        <button type="submit">Continue</button>
      </form>
      <p class="aside">
        <a href="/">Back to the overview</a>
      </p>
    </>,
  );

const failures: Readonly<Record<SignInFailure, { title: string; advice: string }>> = {
  unavailable: {
    title: 'Okta cannot be reached',
    advice:
      'The sign-in needs Okta, which does not answer as it should. Shipments go on meanwhile. Try again in a moment.',
  },
  not_ours: {
    title: 'This sign-in has expired',
    advice: 'Okta’s answer was not for a sign-in that this browser has open. Nothing was changed.',
  },
  refused: {
    title: 'Okta refused the sign-in',
    advice:
      'The app of the console may not be assigned to you. An administrator of your Okta sees the reason in the System Log.',
  },
  unmet: {
    title: 'A stronger sign-in is needed',
    advice:
      'Okta says that you have no authenticator that is strong enough: enroll a security key (FIDO2), then try again.',
  },
  too_weak: {
    title: 'A stronger sign-in is needed',
    advice:
      'Okta signed you in without the security key, or without a fresh sign-in. Where its organization does not support the level, an administrator sets another one in keycourier.yaml (console.signIn.stepUp).',
  },
};

export const failurePage = ({ failure, retry }: { failure: SignInFailure; retry: string }): string => {
  const { title, advice } = failures[failure];
  return renderCard(
    title,
    <>
      <h1>{title}</h1>
      <p class="lead">{advice}</p>
      <Links retry={retry} />
    </>,
  );
};

const Links = ({ retry }: { retry: string }): VNode => (
  <p class="aside">
    <a href={retry}>Try again</a>, or <a href="/">back to the console</a>
  </p>
);

/** Without a session: the login and the groups say what has to be changed at Okta, or in keycourier.yaml. */
export const noRolePage = ({ login, groups }: Identity): string =>
  renderCard(
    'No role in this console',
    <>
      <h1>No role in this console</h1>
      <p class="lead">
        You are <strong>{login}</strong> at Okta. None of the groups that came with the sign-in has a role here.
      </p>
      {groups.length === 0 ? (
        <p class="quiet">No groups came: the app’s groups claim may have a filter that leaves them out.</p>
      ) : (
        <ul class="quiet">
          {groups.slice(0, 100).map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
      )}
      <Links retry="/sign-in" />
    </>,
  );

export const otherUserPage = ({ wanted, came, retry }: { wanted: string; came: string; retry: string }): string =>
  renderCard(
    'Another user signed in',
    <>
      <h1>Another user signed in</h1>
      <p class="lead">{`You are ${wanted} here, and signed in at Okta as ${came}. Nothing was changed.`}</p>
      <Links retry={retry} />
    </>,
  );

/** After the end of the session here: a redirect to Okta would be refused by the policy of the form's page. */
export const signedOutPage = ({ oktaUrl }: { oktaUrl: string }): string =>
  renderCard(
    'Signed out',
    <>
      <h1>You are signed out of keycourier</h1>
      <p class="lead">Your browser may still be signed in at Okta.</p>
      <p>
        <a class="button" href={oktaUrl}>
          Sign out of Okta, too
        </a>
      </p>
      <p class="aside">
        <a href="/sign-in">Sign in again</a>
      </p>
    </>,
  );
