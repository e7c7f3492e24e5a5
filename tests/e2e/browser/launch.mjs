// Debian's Chromium: headless, with a temporary profile, and without background traffic.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Only this machine's names resolve, so all other requests fail.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

// `withoutCookiesOf`: an origin whose cookies the browser blocks, as users can configure.
export async function launch(executablePath, { withoutCookiesOf } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'okta-tower-browser-'));
  if (withoutCookiesOf) {
    await mkdir(join(profile, 'Default'));
    const blocked = { [`${withoutCookiesOf},*`]: { setting: 2 } };
    const preferences = { profile: { content_settings: { exceptions: { cookies: blocked } } } };
    await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { width: 1024, height: 768 },
  });
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, close };
}
