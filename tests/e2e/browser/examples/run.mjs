// Plays scenarios of an example in a real browser. Prints a line of JSON for each: `name`, `ok`,
// `detail`.
//
//     node browser/examples/run.mjs quickstart '{"application":"http://localhost:3000", …}' NAME
//
// The scenarios are the functions that the example's file in this folder exports. Without names,
// all of them are played.

import { inspect } from 'node:util';

import { Visit } from './visit.mjs';

const MOST_SECONDS = 90;

const [example, described, ...names] = process.argv.slice(2);
const scenarios = await import(`./${example}.mjs`);
// The test that started this process has ended.
process.stdin.resume().on('end', () => process.exit(1)).on('error', () => process.exit(1));

let failed = 0;
for (const name of names.length ? names : Object.keys(scenarios)) {
  const result = await play(name, JSON.parse(described));
  if (!result.ok) failed += 1;
  console.log(JSON.stringify(result));
}
process.exit(failed ? 1 : 0);

async function play(name, description) {
  const scenario = scenarios[name];
  if (!scenario) {
    const detail = `no such scenario; there are: ${Object.keys(scenarios)}`;
    return { name, ok: false, detail };
  }
  const visit = new Visit(`${example}-${name}`, description);
  let timer;
  const tooLong = new Promise((_, fail) => {
    const late = () => fail(new Error(`not finished after ${MOST_SECONDS} s`));
    timer = setTimeout(late, MOST_SECONDS * 1000);
  });
  try {
    const detail = await Promise.race([scenario(visit), tooLong]);
    visit.checkPages();
    return { name, ok: true, detail: detail ?? '' };
  } catch (failure) {
    await visit.shotOfAll('failed').catch(() => {});
    return { name, ok: false, detail: `${failure.stack ?? inspect(failure)}\n${visit.story()}` };
  } finally {
    clearTimeout(timer);
    await visit.close().catch(() => {});
  }
}
