// A visit to an example: the stage of the other scenarios, with the built-in test issuer.

import { strict as assert } from 'node:assert';

import { Stage } from '../stage.mjs';

export class Visit extends Stage {
  #description;

  // `application` (an origin), `chromium`, `screenshots`, and further settings: see `setting`.
  constructor(scenario, description) {
    super(scenario, description);
    this.#description = description;
  }

  // Returns a setting that the test passes.
  setting(name) {
    assert.ok(name in this.#description, `the test passes no ${name}`);
    return this.#description[name];
  }

  // Waits for the test issuer's form.
  async atSignInForm(page) {
    await page.waitForSelector('[name=login]');
  }

  // Waits for the test issuer's form and submits it. By default with the account's own password.
  async signIn(page, username, { password = `${username}-password` } = {}) {
    await this.atSignInForm(page);
    await page.fill('[name=login]', username);
    await page.fill('[name=password]', password);
    await page.click('button[value=sign-in]');
  }

  // Takes screenshots in light and dark mode, and on a narrow screen.
  async shots(page, name) {
    const { width, height } = page.viewportSize();
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await this.shot(page, `${name}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    await this.shot(page, `${name}-narrow`);
    assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the narrow screen`);
    await page.setViewportSize({ width, height });
  }
}
