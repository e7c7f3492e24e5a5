import { useState } from 'react';

import { type SecureData, secureData } from './api';
import type { Config } from './config';
import { signIn } from './popup';
import type { TokenStore } from './token';

// Messages for failed sign-ins. The keys are the library's error names.
const FAILURES: Record<string, string> = {
  popup_blocked: 'Your browser did not open the window. Please allow popups for this page.',
  closed: 'The window was closed before you were signed in.',
  cancelled: 'The sign-in was cancelled, or your account has no access to this application.',
  unavailable: 'Sign-in is currently unavailable. Please try again in a minute.',
};

const PROBLEMS = {
  signed_out: 'Your session has ended. Please sign in again.',
  forbidden: 'You do not have access to this data.',
  unavailable: 'The server is currently unavailable. Please try again.',
};

export function App({ config, tokens }: { config: Config; tokens: TokenStore }) {
  const [isSignedIn, setSignedIn] = useState(tokens.get() !== null);
  const [isBusy, setBusy] = useState(false);
  const [notice, setNotice] = useState('');
  const [data, setData] = useState<SecureData | null>(null);

  async function open() {
    setBusy(true);
    setNotice('');
    const outcome = await signIn(config.backend);
    setBusy(false);
    if ('token' in outcome) {
      tokens.set(outcome.token);
      setSignedIn(true);
    } else {
      setNotice(FAILURES[outcome.error] ?? 'You were not signed in. Please try again.');
    }
  }

  async function load() {
    setBusy(true);
    const answer = await secureData(config.backend, tokens);
    setBusy(false);
    setSignedIn(tokens.get() !== null);
    setData('data' in answer ? answer.data : null);
    setNotice('problem' in answer ? PROBLEMS[answer.problem] : '');
  }

  return (
    <>
      <header>
        <div className="bar">
          <span className="brand">okta-tower</span>
          {isSignedIn && (
            // A form, so that the browser navigates: to Okta, which ends its session, and back.
            <form
              method="post"
              action={`${config.backend}/logout`}
              onSubmit={() => tokens.set(null)}
            >
              <button className="quiet">Sign out</button>
            </form>
          )}
        </div>
      </header>
      <main>
        <h1>A single-page application</h1>
        <p className="lead">
          It signs you in with a popup, and calls an API on another origin with your token.
        </p>
        <p className="actions">
          {isSignedIn ? (
            <button onClick={load} disabled={isBusy}>
              Get the secure data
            </button>
          ) : (
            <button onClick={open} disabled={isBusy}>
              Sign in
            </button>
          )}
        </p>
        <p role="status" className={notice ? 'notice warn' : 'none'}>
          {notice}
        </p>
        {data && (
          <section className="card" aria-labelledby="data">
            <h2 id="data">{data.message}</h2>
            <dl>
              <div>
                <dt>You are</dt>
                <dd>{data.subject}</dd>
              </div>
              <div>
                <dt>Groups</dt>
                <dd>{data.groups.join(', ') || 'none'}</dd>
              </div>
            </dl>
          </section>
        )}
        <section className="card" aria-labelledby="token">
          <h2 id="token">Token storage</h2>
          {config.storage === 'memory' ? (
            <p>The token is only in this page's memory. After a reload, you sign in again.</p>
          ) : (
            <p className="notice warn">
              The token is in local storage, because of <code>EXAMPLE_TOKEN_STORAGE=local</code>.
              Every script that ever runs on this origin can read and copy it.
            </p>
          )}
        </section>
      </main>
    </>
  );
}
