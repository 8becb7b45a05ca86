// One way to talk to the desk. Only the desk itself refuses; any other reply, or none, may pass.

export const { store, person } = document.documentElement.dataset;

const KEY = `desk key ${store}`;
const LONGEST = 30000; // ms
const LARGE = 65536; // bytes; a longer body may take LONGEST times ten

export class Failed extends Error {
  constructor(message, status, { ours = false, body = null, after = 0 } = {}) {
    super(message);
    this.status = status;
    this.ours = ours; // whether the desk itself said so
    this.body = body; // the JSON of the desk's reply, if it was JSON
    this.final = ours && body !== null && (status === 400 || status === 409); // it stays so
    this.after = after; // seconds
  }
}

// The half of a session that is in no cookie: other web servers of this machine get our cookies.
function places() {
  const found = [];
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      found.push(window[name]);
    } catch {
      // the browser keeps nothing for this page
    }
  }
  return found;
}

export function keepKey(key) {
  for (const place of places()) {
    try {
      place.setItem(KEY, key);
      return;
    } catch {
      place.removeItem(KEY);
    }
  }
  throw new Error("This browser keeps nothing for this page. Allow it to, then ask for a new link.");
}

function ours() {
  const found = { "x-preceptor-store": store };
  const key = places().map((place) => place.getItem(KEY)).find(Boolean);
  if (key) found["x-preceptor-key"] = key;
  if (person) found["x-preceptor-person"] = person;
  return found;
}

// The desk's reply to a request of ours; throws Failed for every other.
export async function call(path, { headers, slow = false, ...more } = {}) {
  const reply = await fetch(path, {
    ...more,
    headers: { ...ours(), ...headers },
    redirect: "manual",
    signal: AbortSignal.timeout(slow || (more.body?.size ?? more.body?.length ?? 0) > LARGE ? 10 * LONGEST : LONGEST),
  });
  const known = reply.headers.has("x-preceptor");
  if (known && reply.ok) return reply;
  if (!known) {
    const what = reply.status ? `replied ${reply.status}` : "sends elsewhere";
    throw new Failed(`Something before the desk ${what}; the desk itself was not reached.`, reply.status);
  }
  const text = await reply.text();
  const body = (reply.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : null;
  const after = Number(reply.headers.get("retry-after")) || 0;
  throw new Failed(body?.error ?? text, reply.status, { ours: true, body, after });
}

export async function get(path) {
  return (await call(path, { headers: { accept: "application/json" } })).json();
}

export async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return (await call(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

export function token() {
  // randomUUID exists only in secure contexts; a desk in a local network may have none
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
