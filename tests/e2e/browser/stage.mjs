// The stage of a scenario: the browser, the application, the provider, and a third site.

import { strict as assert } from 'node:assert';
import { mkdir } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { join } from 'node:path';

import { launch } from './launch.mjs';

const PATIENCE_MS = 15_000;
// More visits of `/login` in one scenario indicate a loop.
const MOST_SIGN_INS = 12;

export class Stage {
  #description;
  #scenario;
  #open = [];
  #visits = [];
  #complaints = [];
  #shots = 0;

  // `application`, its `port`, `issuer`, `control`, `password`, `chromium`, `screenshots`, and
  // `opener`: the origin that the application allows to open its popup.
  constructor(scenario, description) {
    this.#scenario = scenario;
    this.#description = description;
  }

  get application() { return this.#description.application; }
  get issuer() { return this.#description.issuer; }
  get opener() { return this.#description.opener; }

  // A browser with a new profile. Closed with the stage.
  async browser(options) {
    const { context, close } = await launch(this.#description.chromium, options);
    this.#open.push({ close, context });
    context.setDefaultTimeout(PATIENCE_MS);
    for (const page of context.pages()) this.#watch(page);
    context.on('page', (page) => this.#watch(page));
    return context;
  }

  // A tab in a new browser.
  async tab(options) {
    const context = await this.browser(options);
    return context.newPage();
  }

  // A site with one page. `origin` sets the port; by default a free one is used.
  site(html, origin) {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    return this.#serve((_, response) => response.writeHead(200, headers).end(html), origin);
  }

  // A site whose every page redirects to `location`.
  siteThatRedirects(location, origin) {
    return this.#serve((_, response) => response.writeHead(302, { location }).end(), origin);
  }

  // Serves the application at its public origin, with more files: texts of JavaScript by path. Needs
  // an application whose public origin is not its address.
  inFrontOfTheApplication(files) {
    return this.#serve((asked, response) => {
      if (asked.url in files) {
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(files[asked.url]);
        return;
      }
      const { url: path, method, headers } = asked;
      const options = { host: 'localhost', port: this.#description.port, path, method, headers };
      const forwarded = send(options, (answered) => {
        response.writeHead(answered.statusCode, answered.headers);
        answered.pipe(response);
      });
      asked.pipe(forwarded.on('error', () => response.destroy()));
    }, this.application);
  }

  async #serve(answer, origin = 'http://localhost:0') {
    const server = createServer(answer);
    const { port, hostname } = new URL(origin);
    await new Promise((listening, failed) => {
      server.on('error', failed).listen(Number(port), hostname, listening);
    });
    this.#open.push({ close: () => { server.closeAllConnections(); server.close(); } });
    return `http://${hostname}:${server.address().port}`;
  }

  // Changes the provider: see README.md.
  async control(path) {
    const response = await fetch(`${this.#description.control}/${path}`, { method: 'POST' });
    assert.ok(response.ok, `${path}: ${await response.text()}`);
  }

  // Waits for the provider's form and submits it.
  async signIn(page, username, { password = this.#description.password } = {}) {
    await this.atSignInForm(page);
    await page.fill('[name=username]', username);
    await page.fill('[name=password]', password);
    await page.click('button[value=sign-in]');
  }

  async atSignInForm(page) {
    await page.waitForURL((url) => url.href.startsWith(`${this.issuer}/signin/`));
    await page.waitForSelector('[name=password]');
  }

  // Waits until the page is the application's, with this path and query.
  async at(page, pathAndQuery) {
    await page.waitForURL(`${this.application}${pathAndQuery}`);
  }

  async signInAndSee(page, username, pathAndQuery = '/dashboard') {
    await page.goto(`${this.application}${pathAndQuery}`);
    await this.signIn(page, username);
    await this.at(page, pathAndQuery);
  }

  // Keeps a screenshot with the run.
  async shot(page, name) {
    await mkdir(this.#description.screenshots, { recursive: true });
    this.#shots += 1;
    const file = `${this.#scenario}-${this.#shots}-${name}.png`;
    const path = join(this.#description.screenshots, file);
    await page.screenshot({ path, fullPage: true });
  }

  async shotOfAll(name) {
    for (const { context } of this.#open) {
      for (const page of context?.pages() ?? []) await this.shot(page, name);
    }
  }

  // Checks what must hold for every scenario.
  checkPages() {
    const signIns = this.#visits.filter((url) => url.startsWith(`${this.application}/login`));
    assert.ok(signIns.length <= MOST_SIGN_INS, `${signIns.length} visits of /login: a loop`);
    assert.deepEqual(this.#complaints, [], 'the browser complained');
  }

  // The visited URLs without their queries, which contain codes and tokens.
  story() {
    const places = this.#visits.map((url) => url.replace(/\?.*/s, '?…'));
    return ['visited:', ...places, ...this.#complaints].join('\n  ');
  }

  async close() {
    for (const { close } of this.#open.reverse()) await close();
  }

  #watch(page) {
    const navigation = (request) => request.isNavigationRequest();
    page.on('request', (request) => {
      if (navigation(request) && !request.frame().parentFrame()) this.#visits.push(request.url());
    });
    page.on('response', (response) => {
      const visit = `  ${response.status()} of ${response.url()}`;
      if (navigation(response.request())) this.#visits.push(visit);
    });
    page.on('requestfailed', (request) => {
      const visit = `  ${request.failure()?.errorText}: ${request.url()}`;
      if (navigation(request)) this.#visits.push(visit);
    });
    page.on('console', (message) => {
      const text = message.text();
      if (/content security policy/i.test(text)) this.#complaints.push(text);
    });
    page.on('pageerror', (error) => this.#complaints.push(`${error}`));
  }
}

// Sends a request as a script of the page's origin. The script runs on a page without a
// Content-Security-Policy, because the application's own pages allow no connections. Redirects are
// not followed: scripts must not be sent to a sign-in page.
export async function ask(page, path, options = {}) {
  const plain = await page.context().newPage();
  try {
    await plain.goto(new URL('/health/live', page.url()).href);
    return await plain.evaluate(async ([url, init]) => {
      const response = await fetch(url, { redirect: 'manual', ...init });
      return { status: response.status, text: await response.text() };
    }, [path, options]);
  } finally {
    await plain.close();
  }
}

export async function eventually(what, check) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    if (await check()) return;
    if (Date.now() > until) throw new Error(`never: ${what}`);
    await new Promise((over) => setTimeout(over, 100));
  }
}
