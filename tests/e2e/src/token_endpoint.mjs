// Counts the requests to the token endpoint, and injects faults.

const MOST_BYTES = 64 * 1024;

export class TokenEndpoint {
  #counts = {};
  #fault;

  // `{ refresh_token: { asked: 3, granted: 2 } }`
  counts() {
    return structuredClone(this.#counts);
  }

  // Sets the fault of the next requests. Without parameters, there is none.
  setFault(asked) {
    const number = (name) => (asked.has(name) ? Number(asked.get(name)) : undefined);
    this.#fault = [...asked.keys()].length === 0 ? undefined : {
      grant: asked.get('grant'),
      times: number('times') ?? Infinity,
      // Delay before the provider sees the request: nothing has been rotated yet.
      beforeMs: number('before_ms'),
      // Delay after the exchange: the old refresh token is used up, and the client has no new one.
      afterMs: number('after_ms'),
      status: number('status'),
      body: asked.get('body') ?? '{"error":"server_error"}',
      retryAfter: asked.get('retry_after'),
      // Closes the connection without a response.
      hangUp: asked.has('hang_up'),
    };
    return { fault: this.#fault ?? null };
  }

  async answer(request, response, answerTruly) {
    // The provider reads an already consumed body from here.
    request.body = await text(request);
    const grant = new URLSearchParams(request.body).get('grant_type') ?? 'none';
    const count = this.#counts[grant] ??= { asked: 0, granted: 0 };
    count.asked += 1;

    const fault = this.#takeFault(grant);
    if (fault?.beforeMs) await pause(fault.beforeMs);
    if (fault?.hangUp) {
      request.socket.destroy();
      return;
    }
    if (fault?.status) {
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      if (fault.retryAfter) headers['retry-after'] = fault.retryAfter;
      response.writeHead(fault.status, headers).end(fault.body);
      return;
    }
    const end = response.end.bind(response);
    response.end = (...rest) => {
      if (response.statusCode === 200) count.granted += 1;
      if (fault?.afterMs) pause(fault.afterMs).then(() => end(...rest));
      else end(...rest);
      return response;
    };
    await answerTruly(request, response);
  }

  #takeFault(grant) {
    const fault = this.#fault;
    if (!fault || fault.times <= 0 || (fault.grant && fault.grant !== grant)) return undefined;
    fault.times -= 1;
    return fault;
  }
}

const pause = (ms) => new Promise((over) => setTimeout(over, ms));

export async function text(request) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Error('the request is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
