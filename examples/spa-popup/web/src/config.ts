// The settings of the page. A separate file, so that one build fits every environment.

export interface Config {
  // The origin of the API, which also signs users in.
  backend: string;
  // The storage of the token: see `token.ts`.
  storage: 'memory' | 'local';
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch('/config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Config;
}
