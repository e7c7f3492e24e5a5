// Plays scenarios in a real browser. Prints a line of JSON for each: `name`, `ok`, `detail`.
//
//     node browser/run.mjs '{"application":"http://localhost:3000", …}' deep_link wrong_password
//
// The first argument describes the stage (see `stage.mjs`), the rest are scenarios. Without
// arguments, the names of all scenarios are printed.

import { inspect } from 'node:util';

import { Stage } from './stage.mjs';
import * as ending from './scenarios/ending.mjs';
import * as navigating from './scenarios/navigating.mjs';
import * as other_origins from './scenarios/other_origins.mjs';
import * as prompts from './scenarios/prompts.mjs';
import * as signing_in from './scenarios/signing_in.mjs';

const SCENARIOS = {
  ...signing_in, ...prompts, ...other_origins, ...ending, ...navigating,
};
const MOST_SECONDS = 90;

const [described, ...names] = process.argv.slice(2);
if (!described) {
  console.log(Object.keys(SCENARIOS).join('\n'));
  process.exit(0);
}
// The test that started this process has ended.
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
  if (!scenario) {
    const detail = `no such scenario; there are: ${Object.keys(SCENARIOS)}`;
    return { name, ok: false, detail };
  }
  const stage = new Stage(name, description);
  let timer;
  const tooLong = new Promise((_, fail) => {
    const late = () => fail(new Error(`not finished after ${MOST_SECONDS} s`));
    timer = setTimeout(late, MOST_SECONDS * 1000);
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
