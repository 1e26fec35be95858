// A real OpenID provider (oidc-provider) on loopback that imitates Microsoft Entra ID or AD FS, or is just itself, and that
// misbehaves when told to: be down, be slow, sign with a new key, hand out an id token that somebody has tampered with.
//
//   const provider = await startProvider({ kind: 'entra', redirects: ['https://localhost:1/logga-in/svar'], secret: '…' });
//
// What the imitations have from the products' public documentation: issuer paths, what the metadata leave out, which claims
// lie in the id token and in which form. The products themselves have not been tried.

import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import querystring from 'node:querystring';

// It warns of Node.js 20, which Debian has, and of storing in memory, which is what is wanted here.
const { warn, info } = console;
const quiet = (say) => (...words) => String(words[0]).startsWith('oidc-provider') || say(...words);
console.warn = quiet(warn);
console.info = quiet(info);
const { default: Provider } = await import('oidc-provider');

const TENANT = '6f1d3c0a-2b7e-4a55-9d0e-5a1e5c0ffee0';

// Who can sign in, by login. The names are made up to be found again in a log, and belong to nobody.
export const PEOPLE = {
  entra: {
    lasare: { name: 'Provläsare Kvistakra', roles: ['Samsyn.Lasare'] },
    samordnare: { name: 'Provsamordnare Bjorkudden', roles: ['Samsyn.Samordnare', 'Samsyn.Lasare'] },
    flera: { name: 'Provflera Tallmonen', roles: ['Nagot.Annat', 'Samsyn.Lasare'] },
    utan: { name: 'Provutan Granlunda' },
    okand: { name: 'Provokänd Alnasetta', roles: ['Nagot.Annat'] },
    skiftlage: { name: 'Provskift Hasselbo', roles: ['samsyn.lasare'] },
    grupper: { name: 'Provgrupp Lindvikan', groups: ['0f0e0d0c-1111-4222-8333-444455556666'] },
    // More groups than fit in a token: Entra ID leaves them out and names where they could be asked for.
    manga: { name: 'Provmånga Ekbackarna', overage: true },
    mangaroller: { name: 'Provmångaroll Ronnasen', roles: ['Samsyn.Lasare'], overage: true },
    registrator: { name: 'Provregistrator Almtunet', roles: ['Samsyn.Registrator.RS'] },
    namnden: { name: 'Provnämnd Hagalundet', roles: ['Samsyn.Registrator.HSN'] },
    bada: { name: 'Provbåda Sandvreten', roles: ['Samsyn.Registrator.RS', 'Samsyn.Registrator.HSN'] },
    arkivarie: { name: 'Provarkivarie Lindnäset', roles: ['Samsyn.Arkivarie.RS'] },
    rsskribent: { name: 'Provskribent Ekhultatorp', roles: ['Samsyn.Samordnare.RS'] },
    rsslappare: { name: 'Provfrisläppare Ronnhagen', roles: ['Samsyn.Frislappare.RS'] },
    hsnskribent: { name: 'Provnämndskribent Asplunden', roles: ['Samsyn.Samordnare.HSN'] },
    hsnlappare: { name: 'Provnämndfrisläppare Bokelund', roles: ['Samsyn.Frislappare.HSN'] },
    hsnbada: { name: 'Provdubbel Granbacken', roles: ['Samsyn.Samordnare.HSN', 'Samsyn.Frislappare.HSN'] },
    elak: { name: 'Prov <script>alert("elak")</script> & \'x\' \u202Eelak\u0007 ' + 'lång'.repeat(80), roles: ['Samsyn.Lasare'] },
  },
  adfs: {
    lasare: { upn: 'provlasare.lindasen@region.example', unique_name: 'REGION\\provlasare', group: 'SAMSYN-Lasare', role: 'Lasare' },
    flera: { upn: 'provflera.videdal@region.example', unique_name: 'REGION\\provflera', group: ['Domain Users', 'SAMSYN-Lasare'], role: 'Lasare' },
    nastan: { upn: 'provnastan.sjobo@region.example', unique_name: 'REGION\\provnastan', group: 'SAMSYN-Lasare-Gamla', role: 'Annan' },
    utan: { upn: 'provutan.hedmon@region.example', unique_name: 'REGION\\provutan' },
  },
  other: {
    lasare: { name: 'Provannan Myrheden', roles: ['Samsyn.Lasare'] },
    namnlos: { roles: ['Samsyn.Lasare'] },
  },
};

const KINDS = {
  entra: {
    path: `/${TENANT}/v2.0`,
    routes: { authorization: '/authorize', token: '/token', jwks: '/discovery/keys', userinfo: '/userinfo' },
    claims: { openid: ['sub', 'roles', 'groups', 'tid', 'ver'], profile: ['name', 'preferred_username', 'oid'] },
    metadata: {
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      subject_types_supported: ['pairwise'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      request_uri_parameter_supported: false,
      http_logout_supported: true,
      frontchannel_logout_supported: true,
      tenant_region_scope: 'EU',
      cloud_instance_name: 'microsoftonline.com',
      rbac_url: 'https://pas.windows.net',
    },
    // Several keys, none with `alg`, some of them not in use.
    keys: (keys, issuer) => [{ ...spareKey(), use: 'sig', kid: 'spare' }, ...keys].map(({ alg: _, ...rest }) => ({ ...rest, x5t: rest.kid, issuer })),
    tokens: { expires_in: 3599, ext_expires_in: 3599 },
    person: (login, { overage, ...claims }) => ({
      sub: `entra-sub-${login}-qXk2`,
      oid: `0a1b2c3d-0000-4000-8000-${Buffer.from(login.padEnd(6).slice(0, 6)).toString('hex')}`,
      tid: TENANT,
      ver: '2.0',
      preferred_username: `prov.${login}@region.example`,
      ...claims,
      ...(overage && {
        _claim_names: { groups: 'src1' },
        _claim_sources: { src1: { endpoint: `https://graph.windows.net/${TENANT}/users/0a1b2c3d/getMemberObjects` } },
      }),
    }),
  },
  adfs: {
    path: '/adfs',
    routes: { authorization: '/oauth2/authorize/', token: '/oauth2/token/', jwks: '/discovery/keys', userinfo: '/userinfo' },
    claims: { openid: ['sub', 'upn', 'unique_name'], allatclaims: ['group', 'role', 'apptype', 'ver'], profile: [] },
    metadata: {
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt', 'windows_client_authentication'],
      subject_types_supported: ['pairwise'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token', 'code token', 'code id_token token'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        'implicit', 'password', 'srv_challenge', 'urn:ietf:params:oauth:grant-type:device_code', 'device_code'],
      access_token_issuer: 'http://fs.region.example/adfs/services/trust',
      claims_supported: ['aud', 'iss', 'iat', 'exp', 'auth_time', 'nonce', 'at_hash', 'c_hash', 'sub', 'upn', 'unique_name', 'pwd_url', 'pwd_exp', 'mfa_auth_time', 'sid', 'nbf'],
      microsoft_multi_refresh_token: true,
      capabilities: ['kdf_ver2'],
      as_access_token_token_binding_supported: true,
      frontchannel_logout_supported: true,
    },
    keys: (keys) => keys.map((key) => ({ ...key, x5t: key.kid })),
    tokens: { token_type: 'bearer', resource: 'samsyn', refresh_token_expires_in: 28799, scope: 'openid allatclaims' },
    person: (login, claims) => ({ sub: `adfs/${login}+9Cj3sPsPV=`, apptype: 'Confidential', ver: '1.0', ...claims }),
  },
  other: {
    path: '',
    routes: {},
    claims: { openid: ['sub', 'roles'], profile: ['name'] },
    metadata: null, // as the program has them
    // One of a kind that is still to come.
    keys: (keys) => [{ kty: 'AKP', alg: 'ML-DSA-65', use: 'sig', kid: 'tomorrow', pub: 'AAAA' }, ...keys],
    tokens: {},
    person: (login, claims) => ({ sub: `other-sub-${login}-77`, ...claims }),
  },
};

// What the provider keeps. It outlives the keys: the program's own store would go with them.
function storeOf() {
  const kept = new Map();
  return (model) => ({
    upsert: async (id, payload) => void kept.set(`${model}:${id}`, payload),
    find: async (id) => kept.get(`${model}:${id}`),
    findByUid: async (uid) => [...kept].find(([key, payload]) => key.startsWith(`${model}:`) && payload.uid === uid)?.[1],
    consume: async (id) => void (kept.get(`${model}:${id}`).consumed = Math.floor(Date.now() / 1000)),
    destroy: async (id) => void kept.delete(`${model}:${id}`),
    revokeByGrantId: async (grantId) => {
      for (const [key, payload] of kept) if (key.startsWith(`${model}:`) && payload.grantId === grantId) kept.delete(key);
    },
  });
}

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const spareKey = () => createPublicKey(newKey('RS256').privateKey).export({ format: 'jwk' });

function newKey(alg) {
  const { privateKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { alg, privateKey, jwk: { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: randomUUID() } };
}

// A token signed as its header says, whatever that is.
function signed(header, claims, key) {
  const input = `${base64url(header)}.${base64url(claims)}`;
  const signature = {
    none: () => Buffer.alloc(0),
    HS256: () => createHmac('sha256', key).update(input).digest(),
    RS256: () => signBytes('sha256', Buffer.from(input), key),
    ES256: () => signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }),
  }[header.alg]();
  return `${input}.${signature.toString('base64url')}`;
}

async function bodyOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return querystring.parse(Buffer.concat(chunks).toString());
}

const page = (rest) => `<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>Provleverantör</title></head><body>${rest}</body></html>`;

const OF_A_PERSON = ['sub', 'oid', 'name', 'preferred_username', 'upn', 'unique_name', 'group', 'groups', 'roles'];

// Words that belong to nothing but the person. A log may write other letters than ASCII in its own way.
const wordsOf = (claim) => [claim ?? []].flat().flatMap((value) => value.split(/\s+/)).filter((word) => /^[!-~]{8,}$/.test(word));

class TestProvider {
  constructor({ kind, redirects, clientId = 'samsyn', secret, tls, alg = 'RS256', secrets = new Set() }) {
    this.kind = KINDS[kind];
    this.people = new Map(Object.entries(PEOPLE[kind]).map(([login, claims]) => [login, this.kind.person(login, claims)]));
    this.client = { clientId, secret, redirects };
    this.tls = tls;
    this.key = newKey(alg);
    this.store = storeOf();
    this.forge = null; // ({ header, claims, key, signed }) => the id token to hand out instead
    this.alterToken = null; // (body of the token endpoint's answer, ctx) => nothing
    this.slow = null; // { path: /…/, ms }
    this.secrets = secrets; // gets what must stand in no log, as it comes up
    if (secret) secrets.add(secret);
    for (const person of this.people.values()) for (const claim of OF_A_PERSON) for (const word of wordsOf(person[claim])) this.secrets.add(word);
    this.requests = []; // paths that were asked for
    this.authentication = new Set(); // how the client said who it is
    this.port = 0;
  }

  async up() {
    if (this.server) return;
    const answer = (req, res) => this.answer(req, res).catch((error) => res.writableEnded || res.writeHead(500).end(String(error)));
    this.server = this.tls ? https.createServer(this.tls, answer) : http.createServer(answer);
    await new Promise((yes, no) => this.server.once('error', no).listen(this.port, '127.0.0.1', yes));
    this.port = this.server.address().port;
    this.issuer = `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}${this.kind.path}`;
    this.engine ??= this.newEngine();
  }

  async down() {
    const { server } = this;
    this.server = null;
    if (!server) return;
    const ended = new Promise((yes) => server.close(yes));
    server.closeAllConnections();
    await ended;
  }

  // From now on everything is signed with another key, and only that one is published.
  rotate(alg = this.key.alg) {
    this.key = newKey(alg);
    this.engine = this.newEngine();
  }

  changeSecret(secret) {
    this.client.secret = secret;
    this.engine = this.newEngine();
  }

  newEngine() {
    const { kind, client, key } = this;
    const people = [...this.people.values()];
    const engine = new Provider(this.issuer, {
      clients: [
        {
          client_id: client.clientId,
          ...(client.secret ? { client_secret: client.secret, token_endpoint_auth_method: 'client_secret_post' } : { token_endpoint_auth_method: 'none' }),
          redirect_uris: client.redirects,
          grant_types: ['authorization_code'],
          response_types: ['code'],
          id_token_signed_response_alg: key.alg,
        },
      ],
      adapter: this.store,
      jwks: { keys: [key.jwk] },
      cookies: { keys: ['only-for-tests'] },
      routes: kind.routes,
      scopes: ['openid', ...Object.keys(kind.claims).filter((scope) => scope !== 'openid')],
      claims: kind.claims,
      conformIdTokenClaims: false, // both products put their claims into the id token
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 3600, Interaction: 600, Session: 3600, Grant: 3600 },
      interactions: { url: (_, interaction) => `${kind.path}/interaction/${interaction.uid}` },
      findAccount: (_, sub) => {
        const person = people.find((known) => known.sub === sub);
        // AD FS' userinfo knows nothing but `sub`; nobody should rely on any other's either.
        return person && { accountId: sub, claims: (use) => (use === 'userinfo' ? { sub } : person) };
      },
      // What is asked for is granted: consent is not what is tried here.
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
        await grant.save();
        return grant;
      },
      renderError: (ctx, out) => {
        ctx.type = 'html';
        ctx.body = page(`<h1>Provleverantören vägrar</h1><p>${out.error}: ${out.error_description?.replaceAll('<', '&lt;')}</p>`);
      },
    });
    engine.use((ctx, next) => this.alter(ctx, next));
    return engine;
  }

  // Everything that the imitation or the mischief changes in the program's answers.
  async alter(ctx, next) {
    await next();
    const { kind } = this;
    if (ctx.path.endsWith('/.well-known/openid-configuration') && kind.metadata) {
      // Neither product tells that it knows PKCE or that it names itself in the answer.
      const { code_challenge_methods_supported: _, authorization_response_iss_parameter_supported: __, ...rest } = ctx.body;
      ctx.body = { ...rest, ...kind.metadata };
    }
    if (ctx.path === (kind.routes.jwks ?? '/jwks')) ctx.body = { keys: kind.keys(ctx.body.keys, this.issuer) };
    const location = ctx.response.get('Location');
    if (location && this.client.redirects.some((uri) => location.startsWith(`${uri}?`))) {
      const target = new URL(location);
      if (target.searchParams.has('code')) this.secrets.add(target.searchParams.get('code'));
      if (kind.metadata) target.searchParams.delete('iss');
      if (kind === KINDS.entra) target.searchParams.set('session_state', randomUUID());
      ctx.set('Location', target.href);
    }
    if (ctx.body?.id_token) {
      Object.assign(ctx.body, kind.tokens);
      if (this.forge) ctx.body.id_token = this.forged(ctx.body.id_token);
      this.alterToken?.(ctx.body, ctx);
      for (const name of ['id_token', 'access_token', 'refresh_token']) if (ctx.body[name]) this.secrets.add(ctx.body[name]);
    }
  }

  forged(token) {
    const [header, claims] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
    const { key } = this;
    return this.forge({ token, header, claims, key, signed: (h = header, c = claims, k = key.privateKey) => signed(h, c, k) });
  }

  async answer(req, res) {
    const { pathname } = new URL(req.url, 'http://x');
    this.requests.push(pathname);
    if (this.slow?.path.test(pathname)) {
      await new Promise((yes) => setTimeout(yes, this.slow.ms).unref());
      if (res.destroyed) return;
    }
    const { path, routes } = this.kind;
    if (!pathname.startsWith(path)) return void res.writeHead(404).end();
    req.originalUrl = req.url;
    req.url = req.url.slice(path.length) || '/';
    const inside = pathname.slice(path.length);
    if (inside.startsWith('/interaction/')) return this.interact(req, res);
    if (req.method === 'POST' && inside === (routes.token ?? '/token')) await this.readTokenRequest(req);
    this.engine.callback()(req, res);
  }

  // The program knows one way per client in which it says who it is; both products take either.
  async readTokenRequest(req) {
    req.body = await bodyOf(req);
    const basic = req.headers.authorization?.match(/^Basic (.+)$/i);
    this.authentication.add(basic ? 'basic' : req.body.client_secret ? 'post' : 'none');
    if (basic) {
      const [id, secret] = Buffer.from(basic[1], 'base64').toString().split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
      delete req.headers.authorization;
      Object.assign(req.body, { client_id: id, client_secret: secret });
    }
    if (req.body.code_verifier) this.secrets.add(req.body.code_verifier);
  }

  // The login form. A login chooses the person; the other button says no.
  async interact(req, res) {
    if (req.method === 'GET') {
      const form = `<h1>Provleverantör</h1><form method="post"><label>Användare <input name="login"></label>
        <button>Fortsätt</button> <button name="refuse" value="yes">Avbryt</button></form>`;
      return void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(form));
    }
    const { login, refuse } = await bodyOf(req);
    const person = this.people.get(login);
    if (!refuse && !person) return void res.writeHead(400).end('nobody of that name');
    const result = refuse ? { error: 'access_denied', error_description: 'AADSTS65004: <b>nej</b>' } : { login: { accountId: person.sub, remember: false } };
    await this.engine.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }
}

export async function startProvider(options) {
  const provider = new TestProvider(options);
  await provider.up();
  return provider;
}
