// Runs one scenario, or several, with a real browser, and prints a line of JSON for each: `name`, `ok`, `detail`.
//
//     node browser/run.mjs '{"application":"http://localhost:3000", …}' deep_link wrong_password
//
// What the stage has (see `stage.mjs`) is the first argument; the rest are scenarios. Without any: their names.

import { inspect } from 'node:util';

import { Stage } from './stage.mjs';
import * as ending from './scenarios/ending.mjs';
import * as other_origins from './scenarios/other_origins.mjs';
import * as prompts from './scenarios/prompts.mjs';
import * as signing_in from './scenarios/signing_in.mjs';

const SCENARIOS = { ...signing_in, ...prompts, ...other_origins, ...ending };
const MOST_SECONDS = 90;

const [described, ...names] = process.argv.slice(2);
if (!described) {
  console.log(Object.keys(SCENARIOS).join('\n'));
  process.exit(0);
}
// Whoever started this is gone.
process.stdin.resume().on('end', () => process.exit(1)).on('error', () => process.exit(1));

let failed = 0;
for (const name of names) {
  const result = await play(name, JSON.parse(described));
  if (!result.ok) failed += 1;
  console.log(JSON.stringify(result));
}
process.exit(failed ? 1 : 0);

async function play(name, description) {
  const scenario = SCENARIOS[name];
  if (!scenario) return { name, ok: false, detail: `no such scenario; there are: ${Object.keys(SCENARIOS)}` };
  const stage = new Stage(name, description);
  let timer;
  const tooLong = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not over after ${MOST_SECONDS} s`)), MOST_SECONDS * 1000);
  });
  try {
    const detail = await Promise.race([scenario(stage), tooLong]);
    stage.checkPages();
    return { name, ok: true, detail: detail ?? '' };
  } catch (failure) {
    await stage.shotOfAll('failed').catch(() => {});
    const message = failure.stack ?? inspect(failure);
    return { name, ok: false, detail: `${message}\n${stage.story()}` };
  } finally {
    clearTimeout(timer);
    await stage.close().catch(() => {});
  }
}
