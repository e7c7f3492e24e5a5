// Sign-in by popup. The popup opens the backend's `/login?mode=popup`, which leads to Okta and
// back. The last page posts the result to this one.

export type Outcome = { token: string } | { error: string };

interface Message {
  type: 'okta-tower:signed-in' | 'okta-tower:sign-in-failed';
  accessToken?: string;
  error?: string;
}

// Signs in once, without retries. Call it from a click handler, or browsers block the popup.
export function signIn(backend: string): Promise<Outcome> {
  const popup = window.open(`${backend}/login?mode=popup`, 'sign-in', 'popup,width=480,height=680');
  if (!popup) return Promise.resolve({ error: 'popup_blocked' });
  return new Promise((resolve) => {
    const end = (outcome: Outcome) => {
      window.removeEventListener('message', listen);
      clearInterval(watch);
      resolve(outcome);
    };
    const listen = (event: MessageEvent<Message>) => {
      // Any window can post messages here. Only trust this popup, and only on the backend's origin.
      if (event.origin !== backend || event.source !== popup) return;
      const { type, accessToken, error } = event.data;
      if (type === 'okta-tower:signed-in' && accessToken) end({ token: accessToken });
      else if (type === 'okta-tower:sign-in-failed') end({ error: error ?? 'unknown' });
    };
    // The popup was closed. A message that it posted just before may still arrive, so wait again.
    const watch = setInterval(() => {
      if (!popup.closed) return;
      clearInterval(watch);
      setTimeout(() => end({ error: 'closed' }), 500);
    }, 300);
    window.addEventListener('message', listen);
  });
}
