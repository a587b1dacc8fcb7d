// Checks receipts in the browser: signature, Merkle proofs and entries, with nothing sent anywhere.
// The same rules as yuzhi.capabilities.receipts, in the words of RFC 6962 and C2SP signed-note.

export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export async function checkReceipt(text, keys) {
  const receipt = read(text);
  const log = await openCheckpoint(receipt.checkpoint, keys);
  const faults = [];
  const entries = [];
  if (receipt.origin !== log.origin) faults.push({ seq: 0, code: "receipt.other_origin" });
  if (receipt.entries.length === 0) faults.push({ seq: 0, code: "receipt.nothing_proven" });
  const seqs = [...receipt.entries, ...receipt.waiting].map((one) => one.seq).sort((a, b) => a - b);
  if (seqs.some((seq, at) => seq !== at + 1)) faults.push({ seq: 0, code: "receipt.entry_left_out" });
  for (const one of receipt.entries) {
    const found = await checkEntry(receipt, log, one);
    if (found.length === 0) {
      const body = JSON.parse(one.body);
      entries.push({ seq: one.seq, at: body.at, step: body.step, index: one.index });
    }
    faults.push(...found.map((code) => ({ seq: one.seq, code })));
  }
  return { number: receipt.number, origin: log.origin, size: log.size, waiting: receipt.waiting.length,
    entries, faults };
}

export async function checkLeaf(proof, leaf, keys) {
  const cut = proof.indexOf("\n\n");
  const lines = proof.slice(0, cut).split("\n");
  const index = /^index (0|[1-9][0-9]*)$/.exec(lines[1] ?? "");
  if (cut < 0 || lines[0] !== "c2sp.org/tlog-proof@v1" || !index) throw new Refused("receipt.not_included");
  const log = await openCheckpoint(proof.slice(cut + 2), keys);
  const path = lines.slice(2).map(hashOf);
  const at = Number(index[1]);
  if (!(await includes(log, at, fromHex(leaf), path))) throw new Refused("receipt.not_included");
  return { index: at, size: log.size };
}

function read(text) {
  let receipt;
  try {
    receipt = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new Refused("unreadable");
  }
  const isWhole = receipt?.format === "yuzhi-receipt/1" && typeof receipt.checkpoint === "string" &&
    typeof receipt.origin === "string" && typeof receipt.number === "string" &&
    typeof receipt.matter === "string" && Array.isArray(receipt.entries) && Array.isArray(receipt.waiting) &&
    receipt.entries.every((one) => Number.isSafeInteger(one?.seq) && Number.isSafeInteger(one.index) &&
      typeof one.leaf === "string" && typeof one.body === "string" && Array.isArray(one.proof)) &&
    receipt.waiting.every((one) => Number.isSafeInteger(one?.seq));
  if (!isWhole) throw new Refused("unreadable");
  return receipt;
}

async function checkEntry(receipt, log, one) {
  const faults = [];
  const leaf = await digest([0], new TextEncoder().encode(one.body));
  if (toHex(leaf) !== one.leaf) faults.push("receipt.leaf_differs");
  if (!(await includes(log, one.index, leaf, one.proof.map(hashOf)))) faults.push("receipt.not_included");
  let body;
  try {
    body = JSON.parse(one.body);
  } catch {
    return [...faults, "receipt.body_unreadable"];
  }
  if (typeof body?.at !== "string" || typeof body.step !== "string") return [...faults, "receipt.body_unreadable"];
  if (body.matter !== receipt.matter || body.seq !== one.seq) faults.push("receipt.of_other_matter");
  if (one.seq === 1) {
    const facts = Array.isArray(body.facts) ? body.facts : [];
    const numbers = facts.filter((fact) => fact?.fact === "opened" && "number" in fact);
    if (numbers.length !== 1 || numbers[0].number !== receipt.number) faults.push("receipt.of_other_number");
  }
  return faults;
}

async function openCheckpoint(note, keys) {
  const cut = note.lastIndexOf("\n\n");
  if (note.length > 65536 || cut < 0 || !note.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) {
    throw new Refused("receipt.bad_note");
  }
  const text = note.slice(0, cut + 1);
  const lines = text.split("\n");
  const root = hashOf(lines[2]);
  if (lines.length < 4 || lines.slice(0, -1).includes("") || !/^(0|[1-9][0-9]{0,14})$/.test(lines[1]) || !root) {
    throw new Refused("receipt.bad_checkpoint");
  }
  const log = { origin: lines[0], size: Number(lines[1]), root };
  let isSigned = false;
  for (const line of note.slice(cut + 2).split("\n").slice(0, -1)) {
    const [dash, name, encoded, more] = line.split(" ");
    const signature = bytesOf(encoded);
    if (dash !== "\u2014" || !name || !signature || more !== undefined) throw new Refused("receipt.bad_note");
    const key = keys.find((one) => one.name === name && one.id === toHex(signature.slice(0, 4)));
    if (!key || key.kind !== 1 || name !== log.origin) continue;
    const known = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
    const isRight = await crypto.subtle.verify("Ed25519", known, signature.slice(4), new TextEncoder().encode(text));
    if (!isRight) throw new Refused("receipt.bad_signature");
    isSigned = true;
  }
  if (!isSigned) throw new Refused("receipt.unknown_key");
  return log;
}

async function includes(log, index, leaf, path) {
  if (!(index >= 0 && index < log.size) || path.some((step) => step === null)) return false;
  let at = index;
  let last = log.size - 1;
  let found = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      found = await digest([1], sibling, found);
      while (at % 2 === 0 && at > 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      found = await digest([1], found, sibling);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && toHex(found) === toHex(log.root);
}

export function parseKeys(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const [name, id, ...rest] = line.trim().split("+");
    const raw = bytesOf(rest.join("+"));
    return { name, id, kind: raw?.[0], bytes: raw?.slice(1) };
  });
}

async function digest(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

function bytesOf(text) {
  if (typeof text !== "string" || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return null;
  }
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}

function hashOf(text) {
  const raw = bytesOf(text);
  return raw?.length === 32 ? raw : null;
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function toHex(bytes) {
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

async function canCheck() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

function start() {
  const element = (id) => document.getElementById(id);
  const words = new Map();
  for (const name of element("words").querySelectorAll("dt")) {
    words.set(name.textContent, name.nextElementSibling.textContent);
  }
  const say = (name, values = {}) =>
    (words.get(name) ?? name).replace(/\{(\w+)\}/g, (_, value) => String(values[value] ?? ""));
  const keys = parseKeys(element("keys").textContent);

  const show = (isSound, line, lines) => {
    const verdict = document.createElement("p");
    verdict.className = isSound ? "sound" : "unsound";
    verdict.textContent = line;
    const list = document.createElement("ul");
    for (const text of lines) {
      const item = document.createElement("li");
      item.textContent = text;
      list.append(item);
    }
    element("verdict").replaceChildren(verdict, list);
  };

  const checkText = async (text) => {
    const found = await checkReceipt(text, keys);
    const lines = found.entries.map((one) => say("entry_line", one));
    for (const { seq, code } of found.faults) {
      lines.push(seq ? say("fault_line", { seq, fault: say(code) }) : say(code));
    }
    if (found.waiting) lines.push(say("waiting_line", found));
    lines.push(say("log_line", found));
    const isSound = found.faults.length === 0;
    show(isSound, say(isSound ? "sound" : "unsound", found), lines);
  };

  const checkSlip = async (number, leaf) => {
    const answer = await fetch(`/log/slip/${encodeURIComponent(number)}/${encodeURIComponent(leaf)}`);
    if (!answer.ok) throw new Refused(answer.status < 500 ? "unknown" : "network");
    const found = await checkLeaf(await answer.text(), leaf, keys);
    show(true, say("leaf_sound", { number }), [say("leaf_line", found)]);
  };

  const check = async () => {
    const file = element("file").files[0];
    const text = file ? await file.text() : element("receipt").value;
    const number = element("number").value.trim();
    const leaf = element("leaf").value.trim().toLowerCase();
    element("verdict").textContent = say("working");
    try {
      if (text.trim()) await checkText(text);
      else if (number && /^[0-9a-f]{64}$/.test(leaf)) await checkSlip(number, leaf);
      else show(false, say("nothing_given"), []);
    } catch (error) {
      show(false, say(error instanceof Refused ? error.code : "network"), []);
    }
  };

  element("form").addEventListener("submit", (event) => {
    event.preventDefault();
    canCheck().then((can) => (can ? check() : element("form").submit()));
  });

  const slip = new URLSearchParams(location.hash.slice(1));
  if (slip.has("number") && slip.has("leaf")) {
    element("number").value = slip.get("number");
    element("leaf").value = slip.get("leaf");
    element("form").requestSubmit();
  }
}

if (typeof document !== "undefined") start();
