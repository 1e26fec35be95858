// What the provider states: people without a role, id tokens that must not be believed, a token endpoint that misbehaves,
// keys that change.

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { signOut } from './flow.mjs';
import { SLOW_MS, SOON_MS, brief, check, must, mustBeRefused, pause } from './harness.mjs';
import { mustBeValid } from './html.mjs';
import { freePort } from './node.mjs';

export async function withoutRole(site, login, code) {
  await check(`${site.node.name}: ${code}: ${login}`, async () => {
    const visitor = site.visitor();
    const answer = await site.try(visitor, login, '/portfolj');
    mustBeRefused(site, visitor, answer, 403, code);
    must(!(await site.isIn(visitor)), 'signed in');
    await mustBeValid(answer.text);
  });
}

// ---- id tokens that must not be believed -------------------------------------------------------------------------------

const now = () => Math.floor(Date.now() / 1000);
export const FORGERIES = {
  'for another audience': ({ header, claims, signed }) => signed(header, { ...claims, aud: 'another-client' }),
  'for another audience beside ours': ({ header, claims, signed }) => signed(header, { ...claims, aud: ['samsyn', 'another-client'] }),
  'for nobody': ({ header, claims: { aud: _, ...rest }, signed }) => signed(header, rest),
  'with another nonce': ({ header, claims, signed }) => signed(header, { ...claims, nonce: 'another' }),
  'without nonce': ({ header, claims: { nonce: _, ...rest }, signed }) => signed(header, rest),
  'of another issuer': ({ header, claims, signed }) => signed(header, { ...claims, iss: 'https://login.elak.example/v2.0' }),
  'without issuer': ({ header, claims: { iss: _, ...rest }, signed }) => signed(header, rest),
  'that has expired': ({ header, claims, signed }) => signed(header, { ...claims, iat: now() - 7200, exp: now() - 3600 }),
  'that never expires': ({ header, claims: { exp: _, ...rest }, signed }) => signed(header, rest),
  'of nobody': ({ header, claims: { sub: _, ...rest }, signed }) => signed(header, rest),
  'with roles changed after signing': ({ token, claims }) => {
    const [head, , signature] = token.split('.');
    return `${head}.${Buffer.from(JSON.stringify({ ...claims, roles: ['Samsyn.Samordnare'] })).toString('base64url')}.${signature}`;
  },
  'with its signature taken away': ({ token }) => `${token.split('.').slice(0, 2).join('.')}.`,
  'that needs no signature (alg none)': ({ claims, signed }) => signed({ alg: 'none' }, claims),
  'signed with the public key as a password (HS256)': ({ header, claims, key, signed }) =>
    signed({ ...header, alg: 'HS256' }, claims, createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' })),
  'signed with an empty password (HS256)': ({ header, claims, signed }) => signed({ ...header, alg: 'HS256' }, claims, ''),
  'signed with another key of the same name': ({ header, claims, signed }) => signed(header, claims, strangersKey),
  'signed with an unknown key': ({ header, claims, signed }) => signed({ ...header, kid: 'unknown' }, claims, strangersKey),
  'that brings its own key (jwk)': ({ header, claims, signed }) => signed({ ...header, jwk: createPublicKey(strangersKey).export({ format: 'jwk' }) }, claims, strangersKey),
  'that is no token': () => 'nothing-like-a-token',
  'that is empty': () => '',
};
const strangersKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const BELIEVED = {
  'whose audience is a list of one': ({ header, claims, signed }) => signed(header, { ...claims, aud: ['samsyn'] }),
  'with claims that nobody knows': ({ header, claims, signed }) => signed(header, { ...claims, aio: 'x', rh: '0.A', uti: 'u', wids: ['w'], acct: 0, login_hint: 'l' }),
  'of a provider whose clock is a minute ahead': ({ header, claims, signed }) => signed(header, { ...claims, iat: now() + 60, nbf: now() + 60, exp: now() + 3660 }),
};

export async function tokens(site) {
  for (const [what, forge] of Object.entries(FORGERIES)) {
    await check(`sign_in.token: an id token ${what}`, async () => {
      const visitor = site.visitor();
      site.provider.forge = forge;
      mustBeRefused(site, visitor, await site.try(visitor, 'lasare'), 403, 'sign_in.token');
    });
  }
  for (const [what, forge] of Object.entries(BELIEVED)) {
    await check(`an id token ${what} is believed`, async () => {
      site.provider.forge = forge;
      await site.enter('lasare');
    });
  }
  site.provider.forge = null;
}

export async function tokenEndpoint(site) {
  const refused = async (status, code, alter) => {
    const visitor = site.visitor();
    const url = await site.arrive(visitor, 'lasare');
    site.provider.alterToken = alter;
    try {
      const answer = await visitor.get(url);
      mustBeRefused(site, visitor, answer, status, code);
      must(answer.ms < SOON_MS, `after ${answer.ms} ms`);
    } finally {
      site.provider.alterToken = null;
    }
  };
  await check('no id token in the answer: sign_in.token', () => refused(403, 'sign_in.token', (body) => delete body.id_token));
  await check('an answer of five million letters ends in a page', () =>
    refused([403, 503], ['sign_in.token', 'sign_in.provider'], (body) => (body.padding = 'x'.repeat(5_000_000))));
  await check('a gateway that answers 502 in HTML is a provider that is down: sign_in.provider', () =>
    refused(503, 'sign_in.provider', (_, ctx) => Object.assign(ctx, { status: 502, type: 'html', body: '<h1>Bad Gateway</h1>' })));
  await check('the token endpoint sends the secret on to nobody', async () => {
    const asked = [];
    const trap = http.createServer((req, res) => (asked.push(req.url), res.end('{}')));
    const port = await freePort();
    await new Promise((yes) => trap.listen(port, '127.0.0.1', yes));
    await refused([403, 503], ['sign_in.token', 'sign_in.provider'], (_, ctx) => {
      ctx.status = 307;
      ctx.set('Location', `http://127.0.0.1:${port}/`);
      ctx.body = '';
    }).finally(() => trap.close());
    must(asked.length === 0, `it asked ${asked}`);
  });
  await check('a secret that the provider does not know ends in a page, and the log says why', async () => {
    const right = site.provider.client.secret;
    site.provider.changeSecret('another-secret-of-the-provider');
    const visitor = site.visitor();
    const before = site.node.log.length;
    const answer = await site.try(visitor, 'lasare').finally(() => site.provider.changeSecret(right));
    mustBeRefused(site, visitor, answer, [403, 503], ['sign_in.token', 'sign_in.provider']);
    must(await site.node.logged(/invalid_client/, before), 'the log does not say invalid_client');
  });
  await check('provider down while a person is there: sign_in.provider; those who are signed in go on', async () => {
    const [visitor, other] = [site.visitor(), await site.enter('lasare')];
    const url = await site.arrive(visitor, 'lasare');
    await site.provider.down();
    try {
      mustBeRefused(site, visitor, await visitor.get(url), 503, 'sign_in.provider');
      must(await site.isIn(other), 'somebody was signed out');
      await signOut(site, other);
    } finally {
      await site.provider.up();
    }
  });
  await check('provider slow while a person is there: sign_in.provider in time', async () => {
    const visitor = site.visitor();
    const url = await site.arrive(visitor, 'lasare');
    site.provider.slow = { path: /\/token$/, ms: SLOW_MS };
    const answer = await visitor.get(url).finally(() => (site.provider.slow = null));
    mustBeRefused(site, visitor, answer, 503, 'sign_in.provider');
    must(answer.ms < SOON_MS, `after ${answer.ms} ms`);
  });
}

export async function newKeys(site) {
  await check('the provider changes its key between two sign-ins', async () => {
    await site.enter('lasare');
    await pause(2_500); // nobody changes keys more often than a node asks for them
    site.provider.rotate();
    await site.enter('lasare');
  });
  await check('the provider changes to another kind of key (ES256), and back', async () => {
    for (const alg of ['ES256', 'RS256']) {
      await pause(2_500);
      site.provider.rotate(alg);
      await site.enter('lasare');
    }
  });
  await check('the provider changes its key while a person is there', async () => {
    const visitor = site.visitor();
    const url = await site.arrive(visitor, 'lasare');
    await pause(2_500);
    site.provider.rotate();
    const answer = await visitor.get(url);
    must(answer.status === 303 && site.session(visitor), () => brief(answer));
  });
}
