// Signing in with a real OpenID provider in front of a real node: as Microsoft Entra ID and AD FS do it (imitated), with
// everything that can go wrong on the way, in plain requests and in headless Chromium.
//
//   CHROMIUM=/usr/bin/chromium node sign-in.mjs SAMSYND DEMO-DIRECTORY [entra|groups|adfs|proxy|settings|diarium|utkast|skriv|synpunkter|lamnaut|beslut|liknande|rapporter]...
//
// DEMO-DIRECTORY was made by `samsynd demo --dir DEMO-DIRECTORY`, which has ended; `samsyn` lies beside SAMSYND. New files are
// put into its directory `rvn`, and for the registers (diarium) and comments (synpunkter) into `timra`. PICTURES=DIRECTORY keeps pictures of the pages of
// registers, drafts (utkast) and what is handed out (lamnaut). Every check is a line `ok …` or `FAILED …`; the names of those
// that failed come last. Ends with 0 only if none did.

import { chmod, copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { auditLog } from './sign-in/audit.mjs';
import { beslut } from './sign-in/beslut.mjs';
import { rapporter } from './sign-in/rapporter.mjs';
import { certificates } from './sign-in/certificates.mjs';
import { diarium } from './sign-in/diarium.mjs';
import {
  asAnybody, forgedAnswers, inAndOut, prepare, signOut, whereTo, whileTheProviderIsAway, whoReadsWhat, worksOf,
} from './sign-in/flow.mjs';
import {
  Site, brief, check, failed, must, mustBeRefused, mustBeSafe, provide, results, settings, startNode, started, stopAll, stopNode,
} from './sign-in/harness.mjs';
import { lamnaut } from './sign-in/lamnaut.mjs';
import { liknande } from './sign-in/liknande.mjs';
import { mustBeValid, words } from './sign-in/html.mjs';
import { backButton, inABrowser } from './sign-in/looks.mjs';
import { Authority, Node, RSA_KEY, freePort } from './sign-in/node.mjs';
import { PEOPLE } from './sign-in/provider.mjs';
import { skriv } from './sign-in/skriv.mjs';
import { synpunkter } from './sign-in/synpunkter.mjs';
import { newKeys, tokenEndpoint, tokens, withoutRole } from './sign-in/tokens.mjs';
import { utkast } from './sign-in/utkast.mjs';
import { Visitor } from './sign-in/visitor.mjs';

const [program, demo, ...chosen] = process.argv.slice(2);
if (!demo) {
  console.error('usage: node sign-in.mjs SAMSYND DEMO-DIRECTORY [entra|groups|adfs|proxy|settings|diarium|utkast|skriv|synpunkter|lamnaut|beslut|liknande|rapporter]...');
  process.exit(2);
}
const RUN_MS = 10 * 60_000;
const directory = join(resolve(demo), 'rvn');
const place = { binary: resolve(program), directory };

async function likeEntra({ authority, browser, hidden }) {
  const port = await freePort();
  const base = `https://localhost:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`], secret: 'pRv8Q~hemlig+%3A:/=_-.&x' });
  await provider.down();
  const secretFile = join(directory, 'provider.secret');
  await rm(secretFile, { force: true });
  await writeFile(secretFile, `${provider.client.secret}\n`, { mode: 0o600 });
  const web = { listen: `127.0.0.1:${port}`, url: base, certificate: 'sign-in-web.pem', key: 'sign-in-web.key' };
  const signIn = { issuer: provider.issuer, client_secret_file: 'provider.secret' };
  const site = new Site({ base, ca: authority.certificate, provider });
  site.node = await startNode(place, 'sign-in-entra', settings(web, signIn), base, authority.certificate);
  await whileTheProviderIsAway(site);
  await asAnybody(site);
  await inAndOut(site);
  await whoReadsWhat(site, hidden);
  await whereTo(site);
  await forgedAnswers(site);
  for (const login of ['utan', 'okand', 'skiftlage', 'grupper']) await withoutRole(site, login, 'sign_in.no_role');
  await withoutRole(site, 'manga', ['sign_in.no_role', 'sign_in.group_overage']);
  await newKeys(site);
  await tokens(site);
  await tokenEndpoint(site);
  await inABrowser(site, browser, hidden);
  await certificates(site, port, authority);
  await check("'samsynd audit verify' says whole while the node runs", async () => {
    const { code, said } = await site.node.command('audit', 'verify');
    must(code === 0, `${code}: ${said}`);
  });
  await stopNode(site.node);
  await auditLog(site.node, [...provider.people.values()].map((person) => person.sub));
  await provider.down();
}

async function byGroups({ authority, browser, hidden }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  const web = { listen: `127.0.0.1:${port}`, url: base };
  const roles = [{ value: PEOPLE.entra.grupper.groups[0], role: 'reader', authority: 'rs' }];
  const site = new Site({ base, cookie: 'samsyn', ca: authority.certificate, provider });
  site.node = await startNode(place, 'sign-in-groups', settings(web, { issuer: provider.issuer, roles_claim: 'groups' }, roles), base);
  await check('by groups: a person of a mapped group signs in, without secret, over plain HTTP on this machine', async () => {
    must(await site.isIn(await site.enter('grupper')), 'not signed in');
    must([...provider.authentication].join() === 'none', `it said who it is by ${[...provider.authentication]}`);
  });
  await backButton(site, browser, 'grupper', hidden.title);
  await check('plain HTTP on this machine: the cookies have no prefix and no Secure', async () => {
    const visitor = site.visitor();
    const begun = await site.begin(visitor);
    mustBeSafe(begun.set.find((c) => c.name === 'samsyn-login') ?? {}, false);
    const answer = await site.try(visitor, 'grupper');
    mustBeSafe(answer.set.find((c) => c.name === 'samsyn') ?? {}, false);
  });
  for (const login of ['manga', 'mangaroller']) await withoutRole(site, login, 'sign_in.group_overage');
  await withoutRole(site, 'lasare', 'sign_in.no_role');
  await check("by groups: 'hasgroups' instead of groups is an overage too", async () => {
    provider.forge = ({ header, claims: { groups: _, ...rest }, signed }) => signed(header, { ...rest, hasgroups: true });
    const visitor = site.visitor();
    const answer = await site.try(visitor, 'grupper').finally(() => (provider.forge = null));
    mustBeRefused(site, visitor, answer, 403, 'sign_in.group_overage');
  });
  await stopNode(site.node);
  await provider.down();
}

async function likeAdfs({ authority }) {
  const port = await freePort();
  const base = `https://localhost:${port}`;
  // As an older Windows Server has it: nothing newer than TLS 1.2, and an RSA key.
  const served = { ...(await authority.issue('provider', ['IP:127.0.0.1'], RSA_KEY)), maxVersion: 'TLSv1.2' };
  const provider = await provide({ kind: 'adfs', redirects: [`${base}/logga-in/svar`], secret: 'XkfyIY2jAHa2PZKTs-BvB28IX0TzZ2S6bR4LJbk1', tls: served });
  await writeFile(join(directory, 'adfs.secret'), provider.client.secret, { mode: 0o600 });
  await copyFile(authority.file, join(directory, 'provider-ca.pem'));
  const web = { listen: `127.0.0.1:${port}`, url: base, certificate: 'sign-in-web.pem', key: 'sign-in-web.key' };
  const signIn = { issuer: provider.issuer, client_secret_file: 'adfs.secret', ca_file: 'provider-ca.pem', scopes: ['openid', 'allatclaims'], roles_claim: 'group' };
  const roles = [{ value: 'SAMSYN-Lasare', role: 'reader' }];
  const site = new Site({ base, ca: authority.certificate, provider });
  const start = async (name, values, rules = roles) => {
    site.node = await startNode(place, `sign-in-adfs-${name}`, settings(web, values, rules), base, authority.certificate);
  };
  const { ca_file: _, ...withoutCa } = signIn;
  await start('no-ca', withoutCa);
  await check('AD FS: a provider whose certificate nobody vouches for: sign_in.provider', async () => {
    const visitor = site.visitor();
    mustBeRefused(site, visitor, await site.begin(visitor), 503, 'sign_in.provider');
  });
  await stopNode(site.node);
  await start('slash', { ...signIn, issuer: `${provider.issuer}/` });
  await check('AD FS: an issuer that the provider does not call itself: sign_in.provider, and the log says what it calls itself', async () => {
    const visitor = site.visitor();
    mustBeRefused(site, visitor, await site.begin(visitor), 503, 'sign_in.provider');
    must(await site.node.logged(new RegExp(`${provider.issuer}[^/]`)), 'the log does not name it');
  });
  await stopNode(site.node);
  await start('group', signIn);
  await check('AD FS: one group as a bare text, and another as a list', async () => {
    for (const login of ['lasare', 'flera']) must(await site.isIn(await site.enter(login)), login);
  });
  await check('AD FS: the page names the person although there is no name', async () => {
    const { text } = await (await site.enter('lasare')).get(`${base}/`);
    const { upn, unique_name: unique } = PEOPLE.adfs.lasare;
    must(text.includes(`Inloggad som <bdi>${upn}<`) || text.includes(`Inloggad som <bdi>${unique}<`), () => text.match(/Inloggad som[^<]*/)?.[0]);
  });
  await check('AD FS: userinfo, which knows nothing, is not needed', async () => {
    must(!provider.requests.some((at) => at.endsWith('/userinfo')), 'it was asked');
  });
  await check('AD FS: what is asked for', async () => {
    const begun = await site.begin(site.visitor());
    const scope = new URL(begun.to).searchParams.get('scope');
    must(scope.split(' ').sort().join(' ') === 'allatclaims openid', scope);
  });
  await check("AD FS: claims of its access token in the id token too (allatclaims), and auth_time as a date, as they have it there", async () => {
    const more = { appid: 'samsyn', authmethod: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport', scp: 'allatclaims openid',
      auth_time: '2026-02-13T08:27:46.918Z', pwd_exp: '1209600', sid: 'S-1-5-21-1-2-3-1104' };
    provider.forge = ({ header, claims, signed }) => signed(header, { ...claims, ...more });
    const visitor = await site.enter('lasare').finally(() => (provider.forge = null));
    must(await site.isIn(visitor), 'not signed in');
  });
  for (const login of ['utan', 'nastan']) await withoutRole(site, login, 'sign_in.no_role');
  await stopNode(site.node);
  await start('role', { ...signIn, roles_claim: 'role' }, [{ value: 'Lasare', role: 'reader' }]);
  await check('AD FS: the claim may have another name (role)', async () => must(await site.isIn(await site.enter('lasare')), 'not signed in'));
  await withoutRole(site, 'nastan', 'sign_in.no_role');
  await stopNode(site.node);
  await start('no-scope', { ...signIn, scopes: ['openid'] });
  await check('AD FS without allatclaims: no claim, no role, and the log says that the claim has no value', async () => {
    const before = site.node.log.length;
    const visitor = site.visitor();
    mustBeRefused(site, visitor, await site.try(visitor, 'lasare'), 403, 'sign_in.no_role');
    must(await site.node.logged(/0 values.*group/, before), 'the log does not say so');
  });
  await stopNode(site.node);
  await provider.down();
}

// Any other provider as it is, and a proxy with TLS in front of a node that speaks plain HTTP.
async function behindAProxy({ authority }) {
  const [port, outside] = [await freePort(), await freePort()];
  const base = 'https://samsyn.region.example';
  const provider = await provide({ kind: 'other', alg: 'ES256', redirects: [`${base}/logga-in/svar`], secret: 'hemligt-for-andra' });
  await writeFile(join(directory, 'other.secret'), provider.client.secret, { mode: 0o600 });
  const proxy = https.createServer(await authority.issue('proxy', ['DNS:samsyn.region.example']), (req, res) => {
    const headers = { ...req.headers, 'x-forwarded-for': req.socket.remoteAddress, 'x-forwarded-proto': 'https' };
    const onward = http.request({ host: '127.0.0.1', port, method: req.method, path: req.url, headers, agent: false }, (answer) => {
      res.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(res);
    });
    onward.on('error', () => res.writableEnded || res.writeHead(502).end());
    req.pipe(onward);
  });
  await new Promise((yes) => proxy.listen(outside, '127.0.0.1', yes));
  const places = { 'samsyn.region.example': outside };
  const site = new Site({ base, ca: authority.certificate, places, provider });
  const web = { listen: `127.0.0.1:${port}`, url: base };
  const signIn = { issuer: provider.issuer, client_secret_file: 'other.secret' };
  site.node = await startNode(place, 'sign-in-proxy', settings(web, signIn), base, authority.certificate, { places });
  await check('behind a proxy with TLS: in, read, out, with __Host- cookies', async () => {
    const visitor = site.visitor();
    const begun = await site.begin(visitor);
    mustBeSafe(begun.set.find((c) => c.name === '__Host-samsyn-login') ?? {}, true);
    const answer = await site.try(visitor, 'lasare', '/portfolj');
    must(answer.to === `${base}/portfolj`, () => brief(answer));
    mustBeSafe(answer.set.find((c) => c.name === '__Host-samsyn') ?? {}, true);
    must((await worksOf(site, visitor)).total > (await worksOf(site, site.visitor())).total, 'one reads no more than others');
    await signOut(site, visitor);
    must(!(await site.isIn(visitor)), 'still signed in');
  });
  await check('a person without name, in an id token signed with ES256', async () => must(await site.isIn(await site.enter('namnlos')), 'not signed in'));
  await check('what a request says of the host that it was sent to leads nowhere', async () => {
    const answer = await new Visitor().get(`http://127.0.0.1:${port}/logga-in?till=/om`, { headers: { host: 'elak.example', 'x-forwarded-host': 'elak.example' } });
    must(answer.status !== 303 || new URL(answer.to).searchParams.get('redirect_uri') === site.redirect, () => brief(answer));
  });
  await check('what the node tells of its authorities beside it is valid HTML, and says what is configured', async () => {
    const out = join(scratch, 'beskrivning');
    const { code, said } = await site.node.command('describe', '--out', out);
    must(code === 0, `${code}: ${said}`);
    const files = (await readdir(out)).filter((name) => name.endsWith('.html'));
    must(files.length > 0, said);
    for (const file of files) {
      const html = await readFile(join(out, file), 'utf8');
      await mustBeValid(html);
      for (const told of [`${base}/diarium/offentligt`, provider.issuer, 'granskningslogg']) must(words(html).includes(told), `${file}: ${told}`);
    }
  });
  await stopNode(site.node);
  proxy.close();
  proxy.closeAllConnections();

  const address = Object.values(networkInterfaces()).flat().find((a) => a.family === 'IPv4' && !a.internal)?.address;
  if (address) {
    const everywhere = { ...web, listen: `0.0.0.0:${port}`, trusted_proxies: ['192.0.2.7'] };
    const node = await new Node({ ...place, name: 'sign-in-trusted', settings: settings(everywhere, signIn) }).configure();
    started.add(node);
    await check('plain HTTP from a machine that is no trusted proxy gets no page', async () => {
      await node.start(async () => must(node.log.includes('ready'), 'not ready'));
      const answer = await new Visitor().get(`http://${address}:${port}/`, { headers: { host: 'samsyn.region.example' }, wait: 5_000 }).catch(() => null);
      must(!answer || answer.status >= 400, () => brief(answer));
    });
    await stopNode(node);
  }
  await provider.down();
}

async function wrongSettings() {
  const port = await freePort();
  const web = { listen: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}` };
  const signIn = { issuer: 'https://login.region.example' };
  await writeFile(join(directory, 'open.secret'), 'hemligt', { mode: 0o644 });
  await chmod(join(directory, 'open.secret'), 0o644);
  const { url: _, ...noUrl } = web;
  const wrong = {
    'an issuer over plain HTTP elsewhere': settings(web, { issuer: 'http://login.region.example' }),
    'a url over plain HTTP elsewhere': settings({ ...web, url: 'http://samsyn.region.example' }, signIn),
    'no url': settings(noUrl, signIn),
    'a certificate without key': settings({ ...web, url: 'https://localhost', certificate: 'sign-in-web.pem' }, signIn),
    'plain HTTP for everybody': settings({ listen: `0.0.0.0:${port}`, url: 'https://samsyn.region.example' }, signIn),
    'sessions of 25 hours': settings(web, { ...signIn, session_hours: 25 }),
    'sessions of no hours': settings(web, { ...signIn, session_hours: 0 }),
    'a role that there is not': settings(web, signIn, [{ value: 'x', role: 'king' }]),
    'no role at all': settings(web, signIn, []),
    'an authority that the organisation has not': settings(web, signIn, [{ value: 'x', role: 'reader', authority: 'finns-inte' }]),
    'a secret file that is not there': settings(web, { ...signIn, client_secret_file: 'finns-inte.secret' }),
    'a secret that others of this machine can read': settings(web, { ...signIn, client_secret_file: 'open.secret' }),
    'a key that does not fit the certificate': settings({ ...web, url: 'https://localhost', certificate: 'sign-in-web.pem', key: 'tls.key' }, signIn),
  };
  for (const [what, text] of Object.entries(wrong)) {
    await check(`does not start with ${what}`, async () => {
      const node = await new Node({ ...place, name: 'sign-in-wrong', settings: text }).configure();
      const { code, said } = await node.refusal();
      must(code === 3, `exit code ${code}: ${said}`);
      must(said.trim().length > 0, 'it does not say why');
    });
  }
}

// A node as the demo left it, to which the organisation's own client can speak.
async function withPlainNode(work) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const node = await startNode(place, 'sign-in-plain', `[web]\nlisten = "127.0.0.1:${port}"\n`, base);
  try {
    return await work(node);
  } finally {
    await stopNode(node);
  }
}

const scratch = await mkdtemp(join(tmpdir(), 'samsyn-sign-in-'));
const finish = async (code) => {
  await stopAll();
  await rm(scratch, { recursive: true, force: true });
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => finish(1));
setTimeout(() => (console.log(`FAILED no end within ${RUN_MS} ms`), finish(1)), RUN_MS).unref();

const PARTS = { entra: likeEntra, groups: byGroups, adfs: likeAdfs, proxy: behindAProxy, settings: wrongSettings, diarium, utkast, skriv, synpunkter, lamnaut, beslut, liknande, rapporter };
const began = Date.now();
try {
  const authority = await new Authority(scratch).make();
  await authority.issue('first', ['DNS:localhost', 'IP:127.0.0.1']);
  for (const ending of ['pem', 'key']) await copyFile(join(scratch, `first.${ending}`), join(directory, `sign-in-web.${ending}`));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  started.add(browser);
  const hidden = await withPlainNode(prepare);
  for (const [name, part] of Object.entries(PARTS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    try {
      await part({ authority, browser, hidden, place });
    } catch (error) {
      failed(name);
      console.log(`FAILED ${name} could not be tried to its end\n  ${error.stack}`);
      await stopAll(browser);
    }
  }
} catch (error) {
  failed('nothing could be tried');
  console.log(`FAILED nothing could be tried\n  ${error.stack}`);
} finally {
  const { passed, failures } = results();
  console.log(`${passed} passed, ${failures.length} failed, in ${Math.round((Date.now() - began) / 1000)} s`);
  for (const name of failures) console.log(`FAILED ${name}`);
  await finish(failures.length === 0 && passed > 0 ? 0 : 1);
}
