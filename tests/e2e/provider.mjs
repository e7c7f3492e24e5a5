// Starts the provider on a free port, and prints its addresses as one line of JSON on standard
// output. Ends when standard input closes, so that an aborted test leaves no process.

import { createServer } from 'node:http';

import { AUTHORIZATION_SERVER, CLIENTS, PASSWORD, REDIRECT_URI, USERS } from './src/accounts.mjs';
import { control } from './src/control.mjs';
import { Keys } from './src/keys.mjs';
import { RollingProvider } from './src/rolling.mjs';

// The provider logs notices to standard output, which is reserved for the line of JSON.
console.info = console.error;

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const origin = `http://127.0.0.1:${server.address().port}`;
const provider = new RollingProvider(`${origin}${AUTHORIZATION_SERVER}`, await Keys.generate());
const answerControl = control(provider, origin);

server.on('request', (request, response) => {
  const answer = request.url.startsWith('/control/') ? answerControl : provider.answer;
  Promise.resolve(answer.call(provider, request, response)).catch((failure) => {
    console.error(failure);
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
    response.end(`${failure.message}\n`);
  });
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));

console.log(JSON.stringify({
  issuer: provider.issuer,
  control: `${origin}/control`,
  redirect_uri: REDIRECT_URI,
  clients: CLIENTS,
  users: USERS,
  password: PASSWORD,
}));
