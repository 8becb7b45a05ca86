// One way to talk to the desk. Refused says that it will not be otherwise; anything else may pass.

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
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
  let message = `the desk replied ${reply.status}`;
  try {
    message = (await reply.json()).error ?? message;
  } catch {
    // no JSON: the number has to do
  }
  if (reply.status >= 500 || reply.status === 429) throw new Error(message);
  throw new Refused(message, reply.status);
}

export function token() {
  // randomUUID exists only in secure contexts; a desk in a local network may have none
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
