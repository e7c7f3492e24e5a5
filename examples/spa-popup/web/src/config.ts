// What the page must know before it can do anything. It is served beside the page, so that one build fits every place.

export interface Config {
  // The origin of the API, which also signs people in.
  backend: string;
  // Where the token is kept: see `token.ts`.
  storage: 'memory' | 'local';
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch('/config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Config;
}
