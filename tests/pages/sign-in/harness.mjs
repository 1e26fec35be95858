// What every part of the check uses: named checks, a site (a node, its provider and who visits it), what a refusal must look
// like, and configurations.

import { Node } from './node.mjs';
import { startProvider } from './provider.mjs';
import { Visitor, atProvider } from './visitor.mjs';

const CHECK_MS = 60_000;
export const SLOW_MS = 60_000; // how slow a slow provider is
export const SOON_MS = 25_000; // by when a node must have given up on it
export const pause = (ms) => new Promise((yes) => setTimeout(yes, ms));

let passed = 0;
const failures = [];
export const results = () => ({ passed, failures });
export const failed = (name) => failures.push(name);
export const started = new Set(); // whatever has stop() or down()
export const unloggable = new Set(); // what no node may have written to its log

export function must(holds, why) {
  if (!holds) throw new Error(typeof why === 'function' ? why() : why);
}

export async function check(name, work, limit = CHECK_MS) {
  let timer;
  const late = new Promise((_, no) => (timer = setTimeout(() => no(new Error(`no end within ${limit} ms`)), limit)));
  const running = (async () => work())();
  running.catch(() => {}); // what fails after it is late has been told
  try {
    await Promise.race([running, late]);
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED ${name}\n  ${String(error.message ?? error).replaceAll('\n', '\n  ')}`);
  } finally {
    clearTimeout(timer);
  }
}

export async function stopAll(kept) {
  for (const thing of started) {
    if (thing === kept) continue;
    await (thing.stop ?? thing.down ?? thing.close).call(thing).catch((error) => console.error(error));
    started.delete(thing);
  }
}

// ---- a node, its provider, and those who visit it ----------------------------------------------------------------------

export const brief = (answer) => `${answer.status} ${answer.to ?? ''} ${answer.text.replaceAll(/\s+/g, ' ').slice(0, 200)}`;
export const path = (answer, base) => answer.to?.startsWith(`${base}/`) && answer.to.slice(base.length);

export class Site {
  constructor({ base, cookie = '__Host-samsyn', ca, places, provider, node }) {
    Object.assign(this, { base, cookieName: cookie, loginName: `${cookie}-login`, ca, places, provider, node });
    this.redirect = `${base}/logga-in/svar`;
  }

  visitor() {
    return new Visitor({ ca: this.ca, places: this.places });
  }

  session(visitor) {
    return visitor.cookie(this.base, this.cookieName);
  }

  begin(visitor, till = '/') {
    return visitor.get(`${this.base}/logga-in?till=${encodeURIComponent(till)}`);
  }

  // To the address that the provider sends the browser back to, without going there.
  async arrive(visitor, login, till) {
    const begun = await this.begin(visitor, till);
    must(begun.status === 303 && begun.to.startsWith(this.provider.issuer), () => `/logga-in answers ${brief(begun)}`);
    return atProvider(visitor, begun.to, this.redirect, login);
  }

  async try(visitor, login, till) {
    const answer = await visitor.get(await this.arrive(visitor, login, till));
    if (this.session(visitor)) unloggable.add(this.session(visitor));
    return answer;
  }

  async enter(login, till) {
    const visitor = this.visitor();
    const answer = await this.try(visitor, login, till);
    must(answer.status === 303 && this.session(visitor), () => `${String(login)} is not let in: ${brief(answer)}`);
    return visitor;
  }

  async isIn(visitor) {
    const answer = await visitor.get(`${this.base}/`);
    must(answer.status === 200, () => brief(answer));
    const [signedIn, signedOut] = [answer.text.includes('Inloggad som'), answer.text.includes('href="/logga-in?till=')];
    must(signedIn !== signedOut, `the page says both or neither of 'Inloggad som' and 'Logga in'`);
    return signedIn;
  }
}

export const guardOf = (html) => html.match(/<input[^>]*name="skydd"[^>]*>/)?.[0].match(/value="([^"]+)"/)?.[1];

export function mustBeRefused(site, visitor, answer, status, code) {
  const codes = [code].flat();
  must([status].flat().includes(answer.status), () => `expected ${status} ${codes.join(' or ')}: ${brief(answer)}`);
  must(codes.some((c) => answer.text.includes(c)), () => `the page does not say ${codes.join(' or ')}: ${answer.text.match(/[a-z]+\.[a-z_]+/g)}`);
  must(answer.headers['content-type']?.startsWith('text/html') && answer.text.includes('<html lang="sv"'), 'no Swedish page');
  must(!answer.set.some((c) => c.name === site.cookieName && c.value), 'it sets a session cookie');
  must(!site.session(visitor), 'there is a session');
  must(/no-store|no-cache/.test(answer.headers['cache-control'] ?? ''), `cache-control: ${answer.headers['cache-control']}`);
}

export function mustBeSafe(cookie, secure) {
  const said = JSON.stringify({ ...cookie, value: '…' });
  must(Boolean(secure) === 'secure' in cookie, `secure: ${said}`);
  must('httponly' in cookie && cookie.samesite?.toLowerCase() === 'lax' && cookie.path === '/' && !('domain' in cookie), said);
  must(cookie.value.length >= 32, 'its value is short');
}

const section = (name, values) => [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ''].join('\n');

const ENTRA_ROLES = [{ value: 'Samsyn.Lasare', role: 'reader' }, { value: 'Samsyn.Samordnare', role: 'coordinator' }];

export function settings(web, signIn, roles = ENTRA_ROLES) {
  const rules = roles.map((rule) => section('sign_in.role', rule).replace('[sign_in.role]', '[[sign_in.role]]'));
  return [section('web', web), section('sign_in', { client_id: 'samsyn', ...signIn }), ...rules].join('\n');
}

export async function startNode(place, name, text, base, ca, options = {}) {
  const node = await new Node({ ...place, name, settings: text }).configure();
  started.add(node);
  const visitor = new Visitor({ ca, ...options });
  await node.start(async () => {
    const answer = await visitor.get(`${base}/`, { wait: 2_000 });
    if (answer.status !== 200) throw new Error(brief(answer));
  });
  return node;
}

export async function stopNode(node) {
  await node.stop();
  started.delete(node);
  await check(`${node.name}: the log has no secret, code, token, cookie, person or value of a claim`, async () => {
    must(node.log.includes('ready'), 'there is no log');
    // A short run of hexadecimal digits is in some hash by chance: whoever made it chose badly.
    const chance = [...unloggable].filter((word) => /^[0-9a-f-]{0,11}$/i.test(word));
    must(chance.length === 0, `found by chance, choose others: ${chance}`);
    const found = [...unloggable].filter((word) => node.log.includes(word));
    const where = (word) => node.log.split('\n').find((line) => line.includes(word)).slice(0, 300);
    must(found.length === 0, () => found.map((word) => `${word.slice(0, 40)} in: ${where(word)}`).slice(0, 5).join('\n'));
  });
}

export async function provide(options) {
  const provider = await startProvider({ ...options, secrets: unloggable });
  started.add(provider);
  return provider;
}
