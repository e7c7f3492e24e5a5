// Signing in by popup: the backend's `/login?mode=popup` goes to Okta and back, and its last page tells this one.

export type Outcome = { token: string } | { error: string };

interface Message {
  type: 'okta-tower:signed-in' | 'okta-tower:sign-in-failed';
  accessToken?: string;
  error?: string;
}

// To be called by a click: browsers open no popup otherwise. One call is one attempt; nothing here tries again by itself.
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
      // Any window may post to this one. Only the backend's own origin, and only this popup, is believed.
      if (event.origin !== backend || event.source !== popup) return;
      const { type, accessToken, error } = event.data;
      if (type === 'okta-tower:signed-in' && accessToken) end({ token: accessToken });
      else if (type === 'okta-tower:sign-in-failed') end({ error: error ?? 'unknown' });
    };
    // Closed without a word. What was posted just before it closed is still on its way, so it is waited for once more.
    const watch = setInterval(() => {
      if (!popup.closed) return;
      clearInterval(watch);
      setTimeout(() => end({ error: 'closed' }), 500);
    }, 300);
    window.addEventListener('message', listen);
  });
}
