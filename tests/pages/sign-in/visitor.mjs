// Somebody with a browser's manners and without a browser: keeps cookies as one does, follows nothing by itself, and waits for
// nothing for ever.

import http from 'node:http';
import https from 'node:https';

export const WAIT_MS = 30_000;

const attributesOf = (line) => {
  const [pair, ...rest] = line.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const attributes = Object.fromEntries(rest.map((part) => [part.split('=')[0].toLowerCase(), part.split('=').slice(1).join('=')]));
  return { name: pair.slice(0, at), value: pair.slice(at + 1), ...attributes };
};

const over = (cookie) => ('max-age' in cookie ? Number(cookie['max-age']) <= 0 : 'expires' in cookie && Date.parse(cookie.expires) <= Date.now());

export class Visitor {
  // `ca`: whom to believe; `places`: where a host lies that no name service knows ({ 'name.example': port on 127.0.0.1 }).
  constructor({ ca, places = {}, language = 'sv' } = {}) {
    this.ca = ca;
    this.places = places;
    this.language = language;
    this.cookies = new Map();
  }

  // Whoever holds the same cookies from here on.
  twin() {
    const twin = new Visitor(this);
    twin.cookies = new Map([...this.cookies].map(([key, cookie]) => [key, { ...cookie }]));
    return twin;
  }

  cookie(origin, name) {
    return [...this.cookies.values()].find((cookie) => cookie.origin === origin && cookie.name === name)?.value;
  }

  plant(origin, name, value) {
    this.cookies.set(`${origin} ${name} /`, { origin, name, value, path: '/' });
  }

  forget(origin, name) {
    for (const [key, cookie] of this.cookies) if (cookie.origin === origin && cookie.name === name) this.cookies.delete(key);
  }

  get(url, options) {
    return this.ask('GET', url, options);
  }

  post(url, form, options = {}) {
    return this.ask('POST', url, { ...options, form });
  }

  async ask(method, url, { form, headers = {}, wait = WAIT_MS } = {}) {
    const target = new URL(url);
    const body = form && new URLSearchParams(form).toString();
    const cookies = [...this.cookies.values()].filter((c) => c.origin === target.origin && target.pathname.startsWith(c.path) && !over(c));
    const place = this.places[target.hostname];
    const began = Date.now();
    const answer = await new Promise((yes, no) => {
      const request = (target.protocol === 'https:' ? https : http).request({
        agent: false,
        method,
        host: place ? '127.0.0.1' : target.hostname,
        port: place ?? target.port,
        path: target.pathname + target.search,
        ca: this.ca,
        servername: /^[\d.]+$/.test(target.hostname) ? undefined : target.hostname,
        headers: {
          host: target.host,
          'accept-language': this.language,
          ...(cookies.length > 0 && { cookie: cookies.map((c) => `${c.name}=${c.value}`).join('; ') }),
          ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      });
      const timer = setTimeout(() => request.destroy(new Error(`${method} ${target.pathname}: no answer within ${wait} ms`)), wait);
      request.once('error', (error) => (clearTimeout(timer), no(error)));
      request.once('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.once('error', no);
        response.once('end', () => {
          clearTimeout(timer);
          const bytes = Buffer.concat(chunks);
          yes({ status: response.statusCode, headers: response.headers, bytes, text: bytes.toString() });
        });
      });
      request.end(body);
    });
    answer.url = url;
    answer.ms = Date.now() - began;
    answer.set = [answer.headers['set-cookie'] ?? []].flat().map(attributesOf);
    for (const cookie of answer.set) this.keep(target, cookie);
    answer.to = answer.headers.location && new URL(answer.headers.location, url).href;
    return answer;
  }

  keep(target, cookie) {
    const path = cookie.path?.startsWith('/') ? cookie.path : '/';
    const key = `${target.origin} ${cookie.name} ${path}`;
    if (over(cookie)) this.cookies.delete(key);
    else this.cookies.set(key, { ...cookie, origin: target.origin, path });
  }
}

export const REFUSE = Symbol('refuses');

// Signs in at the provider and stops at the address to which it would send the browser back.
export async function atProvider(visitor, location, redirect, login) {
  let answer = await visitor.get(location);
  for (let step = 0; step < 10; step += 1) {
    if (answer.to?.startsWith(`${redirect}?`)) return answer.to;
    if (answer.to) answer = await visitor.get(answer.to);
    else if (answer.text.includes('name="login"')) answer = await visitor.post(answer.url, login === REFUSE ? { refuse: 'yes' } : { login });
    else break;
  }
  throw new Error(`the provider does not go on: ${answer.status} ${answer.text.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
}
