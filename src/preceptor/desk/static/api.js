// One way to talk to the desk. Refused says that it will not be otherwise; anything else may pass.

export class Refused extends Error {
  constructor(message, status, body = {}) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

export async function get(path) {
  return read(await fetch(path, { headers: { accept: "application/json" } }));
}

export async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return read(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function read(reply) {
  if (reply.ok) return reply.json();
  let body = {};
  try {
    body = await reply.json();
  } catch {
    // no JSON: the number has to do
  }
  const message = body.error ?? `the desk replied ${reply.status}`;
  if (reply.status >= 500 || reply.status === 429) throw new Error(message);
  throw new Refused(message, reply.status, body);
}

export function token() {
  // randomUUID exists only in secure contexts; a desk in a local network may have none
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
