// In and out, and what can go wrong on the way: a provider that is away, answers that nobody has asked for, ways that lead
// elsewhere; and who reads what.

import { SLOW_MS, SOON_MS, brief, check, guardOf, must, mustBeRefused, mustBeSafe, path, pause } from './harness.mjs';
import { mustBeValid } from './html.mjs';
import { PEOPLE } from './provider.mjs';
import { REFUSE, atProvider } from './visitor.mjs';

// ---- before anybody can sign in ----------------------------------------------------------------------------------------

export async function whileTheProviderIsAway(site) {
  const visitor = site.visitor();
  const refused = async () => {
    const answer = await site.begin(visitor, '/portfolj');
    mustBeRefused(site, visitor, answer, 503, 'sign_in.provider');
    must(answer.ms < SOON_MS, `after ${answer.ms} ms`);
    return answer;
  };
  await check('provider down: the pages and the list are there for everybody', async () => {
    for (const at of ['/', '/portfolj', '/noder', '/om', '/api/v1/works']) {
      const answer = await visitor.get(site.base + at);
      must(answer.status === 200, () => `${at}: ${brief(answer)}`);
    }
  });
  await check('provider down: signing in says sign_in.provider', refused);
  await check('provider down: the page that says so is valid HTML', async () => mustBeValid((await refused()).text));
  await site.provider.up();
  site.provider.slow = { path: /openid-configuration/, ms: SLOW_MS };
  await check('provider slow: signing in says sign_in.provider in time, and others read meanwhile', async () => {
    const [, others] = await Promise.all([
      refused(),
      pause(1_000).then(async () => {
        const answers = [];
        for (let n = 0; n < 10; n += 1) answers.push(await site.visitor().get(`${site.base}/portfolj`));
        return answers;
      }),
    ]);
    must(others.every((answer) => answer.status === 200 && answer.ms < 2_000), `others waited ${Math.max(...others.map((a) => a.ms))} ms`);
  });
  site.provider.slow = null;
  await check('provider back: signing in works again at once', async () => {
    const answer = await site.begin(site.visitor());
    must(answer.status === 303 && answer.to.startsWith(site.provider.issuer), () => brief(answer));
  });
}

export async function asAnybody(site) {
  await check("every page's header leads to /logga-in and back to that page", async () => {
    for (const at of ['/', '/portfolj', '/portfolj?skede=idea&sok=a%20%26%20b', '/noder', '/om', '/om?sprak=en']) {
      const { text } = await site.visitor().get(site.base + at);
      const header = text.slice(text.indexOf('<header'), text.indexOf('</header>'));
      const href = header.match(/href="(\/logga-in\?till=[^"]*)"/)?.[1]?.replaceAll('&amp;', '&');
      must(href, `${at}: no link in the header`);
      const till = new URL(href, site.base).searchParams.get('till');
      must(new URL(till, site.base).href === new URL(at, site.base).href, `${at}: leads back to ${till}`);
    }
  });
  await check('where there is no page, one may be there for who signs in', async () => {
    const at = `${site.base}/finns-inte?sok=x`;
    must((await site.visitor().get(at)).text.includes('href="/logga-in?till=%2Ffinns-inte%3Fsok%3Dx"'), "no link 'Logga in'");
    must(!(await (await site.enter('lasare')).get(at)).text.includes('href="/logga-in'), 'signed in, and asked to sign in');
  });
  await check('no page sets a cookie before somebody signs in', async () => {
    for (const at of ['/', '/portfolj', '/logga-in/svar', '/utloggad', '/finns-inte']) {
      const { set } = await site.visitor().get(site.base + at);
      must(!set.some((cookie) => cookie.value), `${at}: ${JSON.stringify(set)}`);
    }
  });
  await check('/logga-in asks the provider for a code, with state, nonce and PKCE that nobody can guess', async () => {
    const asked = [];
    for (let n = 0; n < 2; n += 1) {
      const answer = await site.begin(site.visitor(), '/portfolj');
      must(answer.status === 303, () => brief(answer));
      asked.push(Object.fromEntries(new URL(answer.to).searchParams));
    }
    const expected = { response_type: 'code', client_id: 'samsyn', redirect_uri: site.redirect, code_challenge_method: 'S256' };
    for (const [key, value] of Object.entries(expected)) must(asked[0][key] === value, `${key} = ${asked[0][key]}`);
    must(asked[0].scope.split(' ').sort().join(' ') === 'openid profile', `scope = ${asked[0].scope}`);
    for (const key of ['state', 'nonce', 'code_challenge']) {
      must(asked[0][key]?.length >= 22 && asked[0][key] !== asked[1][key], `${key}: ${asked.map((a) => a[key])}`);
    }
    must(!('client_secret' in asked[0]) && !('code_verifier' in asked[0]), 'it gives secrets away');
  });
  await check('the cookie of a begun sign-in: __Host-, Secure, HttpOnly, SameSite=Lax, Path=/', async () => {
    const { set } = await site.begin(site.visitor());
    must(set.length === 1 && set[0].name === site.loginName, JSON.stringify(set));
    mustBeSafe(set[0], site.base.startsWith('https:'));
  });
}

// ---- signing in and out ------------------------------------------------------------------------------------------------

export async function inAndOut(site) {
  await check('a person with a role signs in, and is back where he or she was', async () => {
    for (const till of ['/', '/portfolj?skede=ongoing&sok=v%C3%A5rd', '/om']) {
      const answer = await site.try(site.visitor(), 'lasare', till);
      must(answer.status === 303, () => brief(answer));
      must(answer.to === new URL(till, site.base).href, `${till}: back at ${answer.to}`);
    }
  });
  await check('the session cookie: __Host-, Secure, HttpOnly, SameSite=Lax, Path=/; the other one is taken away', async () => {
    const visitor = site.visitor();
    const { set } = await site.try(visitor, 'lasare');
    const cookie = set.find((c) => c.name === site.cookieName);
    must(cookie, JSON.stringify(set.map((c) => c.name)));
    mustBeSafe(cookie, site.base.startsWith('https:'));
    must(!('max-age' in cookie) || Number(cookie['max-age']) <= 8 * 3600, `max-age ${cookie['max-age']}`);
    must(!visitor.cookie(site.base, site.loginName), 'the cookie of the begun sign-in stays');
  });
  await check('no cache keeps the answers that set cookies (no-store)', async () => {
    const visitor = site.visitor();
    const begun = await site.begin(visitor);
    const done = await visitor.get(await atProvider(visitor, begun.to, site.redirect, 'lasare'));
    for (const answer of [begun, done]) must(/no-store/.test(answer.headers['cache-control'] ?? ''), `${answer.url.split('?')[0]}: ${answer.headers['cache-control']}`);
  });
  await check('each sign-in has a new session, whatever cookie the browser had', async () => {
    const visitor = site.visitor();
    visitor.plant(site.base, site.cookieName, 'a'.repeat(64));
    await site.try(visitor, 'lasare');
    const first = site.session(visitor);
    must(first && first !== 'a'.repeat(64), 'a planted value is taken over');
    await site.try(visitor, 'lasare');
    must(site.session(visitor) !== first, 'the second has the same');
  });
  await check('the header says who is signed in, and has the button', async () => {
    const visitor = await site.enter('lasare');
    for (const at of ['/', '/portfolj', '/noder', '/om']) {
      const { text } = await visitor.get(site.base + at);
      must(text.includes(`Inloggad som <bdi>${PEOPLE.entra.lasare.name}</bdi>`), () => `${at}: ${text.match(/Inloggad som[^<]*/)}`);
      must(/<form[^>]*method="post"[^>]*action="\/logga-ut"/.test(text) && text.includes('Logga ut') && guardOf(text), `${at}: no form`);
      must(!text.includes('href="/logga-in?till='), `${at}: 'Logga in' too`);
    }
  });
  await check('a name is text, however it is written', async () => {
    const visitor = await site.enter('elak');
    const { text } = await visitor.get(`${site.base}/`);
    must(!text.includes('<script>') && text.includes('&lt;script&gt;') | text.includes('&#60;script&#62;'), () => text.match(/Inloggad som.{0,120}/)?.[0]);
    must(!text.includes('\u0007'), 'a control character is in the page');
    await mustBeValid(text);
  });
  await check('one mapped role among others is enough', async () => {
    must(await site.isIn(await site.enter('flera')), 'not signed in');
    must(await site.isIn(await site.enter('samordnare')), 'not signed in');
  });
  await check('roles count although the groups were too many for the token', async () => {
    must(await site.isIn(await site.enter('mangaroller')), 'not signed in');
  });
  await check('a session cookie that is altered by one letter is none', async () => {
    const visitor = await site.enter('lasare');
    const value = site.session(visitor);
    for (const at of [0, 1, Math.floor(value.length / 2), value.length - 2, value.length - 1]) {
      for (const letter of ['0', 'b', 'B', '_', 'Z']) {
        if (value[at] === letter) continue;
        const other = site.visitor();
        other.plant(site.base, site.cookieName, value.slice(0, at) + letter + value.slice(at + 1));
        must(!(await site.isIn(other)), `letter ${at} of ${value.length} is now ${letter}`);
      }
    }
    for (const wrong of ['', value.slice(1), `${value}0`, value.toUpperCase() === value ? value.toLowerCase() : value.toUpperCase()]) {
      const other = site.visitor();
      other.plant(site.base, site.cookieName, wrong);
      must(!(await site.isIn(other)), `signed in with ${wrong.length} letters`);
    }
    must(await site.isIn(visitor), 'the right one is worth nothing any more');
  });
  await check('two sessions: one signs out, the other goes on', async () => {
    const [one, other] = [await site.enter('lasare'), await site.enter('lasare')];
    await signOut(site, one);
    must(!(await site.isIn(one)) && (await site.isIn(other)), 'not so');
  });
  await check("a POST to /logga-ut without the form's value says sign_in.forged and signs nobody out", async () => {
    const [visitor, other] = [await site.enter('lasare'), await site.enter('samordnare')];
    const guard = guardOf((await other.get(`${site.base}/`)).text);
    for (const form of [{}, { skydd: '' }, { skydd: 'x' }, { skydd: guard }, { skydd: `${guard}x` }]) {
      const answer = await visitor.post(`${site.base}/logga-ut`, form);
      must(answer.status === 403 && answer.text.includes('sign_in.forged'), () => brief(answer));
      await mustBeValid(answer.text);
      must(await site.isIn(visitor), 'signed out');
    }
    const nobody = site.visitor();
    const answer = await nobody.post(`${site.base}/logga-ut`, { skydd: guard });
    must(answer.status < 500 && (await site.isIn(other)), () => brief(answer));
  });
  await check('a GET of /logga-ut signs nobody out', async () => {
    const visitor = await site.enter('lasare');
    const answer = await visitor.get(`${site.base}/logga-ut`);
    must(answer.status === 405 || answer.status === 404, () => brief(answer));
    must(await site.isIn(visitor), 'signed out');
  });
  await check('signed out: /utloggad, no cookie left, and the old cookie is worth nothing', async () => {
    const visitor = await site.enter('lasare');
    const twin = visitor.twin();
    await signOut(site, visitor);
    must(!site.session(visitor), 'the cookie stays in the browser');
    const page = await visitor.get(`${site.base}/utloggad`);
    must(page.status === 200, () => brief(page));
    must(!(await site.isIn(twin)), 'a copy of the cookie still works');
    must((await worksOf(site, twin)).total === (await worksOf(site, site.visitor())).total, 'a copy of the cookie still reads');
  });
}

export async function signOut(site, visitor) {
  const guard = guardOf((await visitor.get(`${site.base}/`)).text);
  must(guard, 'no form with skydd');
  const answer = await visitor.post(`${site.base}/logga-ut`, { skydd: guard });
  must(answer.status === 303 && answer.to === `${site.base}/utloggad`, () => brief(answer));
}

// ---- who reads what ----------------------------------------------------------------------------------------------------

export async function worksOf(site, visitor) {
  const answer = await visitor.get(`${site.base}/api/v1/works`);
  must(answer.status === 200, () => brief(answer));
  return JSON.parse(answer.text).data;
}

// Everything that the demo releases is for everybody. Here a work and a fact of another are for the parties alone, and a third
// is a draft.
export async function prepare(node) {
  const mark = `${process.pid}`;
  const hidden = { title: `Enbart för parterna ${mark}`, unit: `Dold enhet ${mark}`, draft: `Utkast som ingen ser ${mark}` };
  const { working_copy_id: copy } = await node.client('work', 'new', '--title', hidden.title, '--stage', 'pågående');
  await node.client('work', 'publish', copy, '--audience', 'parterna', '--yes');
  await node.client('work', 'edit', 'sip-pa-distans', '--set', `contact-unit=${hidden.unit}`);
  await node.client('work', 'publish', 'sip-pa-distans', '--audience', 'parterna', '--yes');
  await node.client('work', 'new', '--title', hidden.draft);
  return hidden;
}

export async function whoReadsWhat(site, hidden) {
  const [nobody, reader] = [site.visitor(), await site.enter('lasare')];
  const [open, all] = [await worksOf(site, nobody), await worksOf(site, reader)];
  const work = all.works.find((w) => w.title === hidden.title);
  const other = all.works.find((w) => w.public_number === 'sip-pa-distans');
  await check('who has signed in sees what was released to the organisation, others less', async () => {
    must(work && all.total > open.total, `${all.total} works when signed in, ${open.total} else`);
    must((await reader.get(`${site.base}/portfolj?sok=parterna`)).text.includes(hidden.title), 'the list does not have the work');
    const page = await reader.get(`${site.base}/arbete/${work.document_id}`);
    must(page.status === 200 && page.text.includes(hidden.title), () => brief(page));
    must((await reader.get(`${site.base}/arbete/${other.document_id}`)).text.includes(hidden.unit), 'the fact is not on the page');
  });
  const { document_id: id } = work;
  const places = ['/', '/portfolj', '/portfolj?sok=parterna', '/portfolj?sok=dold', '/noder', '/om', `/arbete/${id}`, `/arbete/${id}/historik`,
    `/arbete/${other.document_id}`, `/arbete/${other.document_id}/historik`, '/api/v1/works', '/api/v1/works?sok=parterna', `/api/v1/works/${id}`,
    `/api/v1/works/${id}/history`, `/api/v1/works/${other.document_id}`, `/api/v1/works/${other.document_id}/history`, '/api/v1/parties'];
  await check('nothing of what is hidden is on any page or in any answer to others', async () => {
    for (const at of places) {
      const answer = await nobody.get(site.base + at);
      must(answer.status === (at.includes(id) ? 404 : 200), () => `${at}: ${brief(answer)}`);
      const found = [hidden.title, hidden.unit, hidden.draft, ...(at.includes(id) ? [] : [id])].filter((word) => answer.text.includes(word));
      must(found.length === 0, `${at}: ${found}`);
    }
  });
  await check('a draft is shown to nobody, signed in or not', async () => {
    for (const visitor of [nobody, reader, await site.enter('samordnare')]) {
      for (const at of [...places, '/portfolj?sok=utkast']) must(!(await visitor.get(site.base + at)).text.includes(hidden.draft), at);
    }
  });
  await check('what one was shown is never taken for what another may see (ETag)', async () => {
    const who = { nobody, reader, another: await site.enter('samordnare') };
    for (const at of ['/', '/portfolj', '/om', `/arbete/${other.document_id}`, '/api/v1/works']) {
      for (const [from, visitor] of Object.entries(who)) {
        const { etag } = (await visitor.get(site.base + at)).headers;
        for (const [to, another] of Object.entries(who)) {
          if (!etag || from === to) continue;
          const answer = await another.get(site.base + at, { headers: { 'if-none-match': etag } });
          must(answer.status !== 304, `${at}: ${to} is told that what ${from} was shown still holds`);
        }
      }
    }
  });
  await check('no cache between keeps what a person was shown', async () => {
    for (const at of ['/', '/portfolj', `/arbete/${id}`, '/api/v1/works']) {
      const kept = (await reader.get(site.base + at)).headers['cache-control'] ?? '';
      must(/no-store/.test(kept) || (/private/.test(kept) && /no-cache/.test(kept)), `${at}: cache-control: ${kept}`);
    }
  });
}

// ---- where one is sent to ----------------------------------------------------------------------------------------------

const ELSEWHERE = ['//elak.example', '///elak.example', 'https://elak.example/', 'http:elak.example', '/\\elak.example', '\\\\elak.example', '/\t/elak.example',
  '/\n/elak.example', '\t//elak.example', ' //elak.example', '/%09/elak.example', '//elak.example/..', '/.//elak.example', '/a/..//elak.example', 'javascript:alert(1)',
  'elak.example', '', '@elak.example', '/\r\nX-Elak: 1', '/\u2028/elak.example', 'https:elak.example', '//localhost:1@elak.example/', `/${'a'.repeat(20_000)}`];

export async function whereTo(site) {
  for (const till of ELSEWHERE) {
    await check(`nobody is sent away from the node: till=${JSON.stringify(till).slice(0, 40)}`, async () => {
      const visitor = site.visitor();
      const begun = await site.begin(visitor, till);
      if (begun.status === 400 || begun.status === 414 || begun.status === 431) return;
      must(begun.status === 303 && begun.to.startsWith(site.provider.issuer), () => brief(begun));
      const answer = await visitor.get(await atProvider(visitor, begun.to, site.redirect, 'lasare'));
      must(answer.status === 303, () => brief(answer));
      must(path(answer, site.base), `sent to ${answer.to}`);
      must(!('x-elak' in answer.headers), 'a header was smuggled in');
    });
  }
}

// ---- answers that nobody has asked for ---------------------------------------------------------------------------------

export async function forgedAnswers(site) {
  const refusedAt = async (visitor, url) => mustBeRefused(site, visitor, await visitor.get(url), 400, 'sign_in.state');
  await check('sign_in.state: an answer without cookie, code or state', async () => {
    const visitor = site.visitor();
    for (const query of ['', '?', '?code=x', '?state=x', '?code=x&state=x', '?code=x&code=y&state=x&state=z', '?error=access_denied', `?code=x&state=${'y'.repeat(5_000)}`]) {
      await refusedAt(visitor, site.redirect + query);
    }
  });
  await check('sign_in.state: the state of another', async () => {
    const [one, other] = [site.visitor(), site.visitor()];
    const url = await site.arrive(one, 'lasare');
    await site.begin(other);
    await refusedAt(other, url);
  });
  await check('sign_in.state: a state that is altered by one letter', async () => {
    const visitor = site.visitor();
    const url = new URL(await site.arrive(visitor, 'lasare'));
    const state = url.searchParams.get('state');
    url.searchParams.set('state', (state[0] === 'a' ? 'b' : 'a') + state.slice(1));
    await refusedAt(visitor, url.href);
  });
  await check('sign_in.state: a cookie that is altered by one letter', async () => {
    const visitor = site.visitor();
    const url = await site.arrive(visitor, 'lasare');
    const value = visitor.cookie(site.base, site.loginName);
    const at = Math.floor(value.length / 2);
    visitor.forget(site.base, site.loginName);
    visitor.plant(site.base, site.loginName, value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1));
    await refusedAt(visitor, url);
  });
  await check('sign_in.state: the same answer again, in the same browser', async () => {
    const visitor = site.visitor();
    const url = await site.arrive(visitor, 'lasare');
    const first = await visitor.get(url);
    must(first.status === 303, () => brief(first));
    visitor.forget(site.base, site.cookieName);
    await refusedAt(visitor, url);
  });
  await check('sign_in.state: the same answer again, from a browser that has kept the cookie', async () => {
    const visitor = site.visitor();
    const url = await site.arrive(visitor, 'lasare');
    const thief = visitor.twin();
    const first = await visitor.get(url);
    must(first.status === 303, () => brief(first));
    await refusedAt(thief, url);
  });
  await check('an answer with another state does not end the sign-in that is under way (two tabs: the one begun last gets in)', async () => {
    const visitor = site.visitor();
    const first = await site.arrive(visitor, 'lasare', '/om');
    const second = await site.arrive(visitor, 'lasare', '/noder');
    await refusedAt(visitor, first);
    const answer = await visitor.get(second);
    must(answer.status === 303 && answer.to === `${site.base}/noder`, () => brief(answer));
  });
  await check('an answer by POST signs nobody in', async () => {
    const visitor = site.visitor();
    const url = new URL(await site.arrive(visitor, 'lasare'));
    const answer = await visitor.post(site.redirect, Object.fromEntries(url.searchParams));
    must([400, 403, 404, 405].includes(answer.status) && !site.session(visitor), () => brief(answer));
  });
  await check('sign_in.refused: the person says no at the provider; what the provider writes is not markup', async () => {
    const visitor = site.visitor();
    const answer = await site.try(visitor, REFUSE);
    mustBeRefused(site, visitor, answer, 403, 'sign_in.refused');
    must(!answer.text.includes('<b>nej'), "the provider's text is markup in our page");
    await mustBeValid(answer.text);
  });
  await check("other errors of the provider's end in a page and in no session", async () => {
    for (const error of ['server_error', 'temporarily_unavailable', 'invalid_scope', '<script>alert(1)</script>', 'x'.repeat(3_000)]) {
      const visitor = site.visitor();
      const url = new URL((await site.arrive(visitor, REFUSE)));
      url.searchParams.set('error', error);
      const answer = await visitor.get(url.href);
      mustBeRefused(site, visitor, answer, [400, 403, 502, 503], ['sign_in.refused', 'sign_in.provider', 'sign_in.state']);
      must(!answer.text.includes('<script>'), 'markup');
    }
  });
  await check('five hundred others who begin to sign in do not push one out', async () => {
    const visitor = site.visitor();
    const url = await site.arrive(visitor, 'lasare');
    for (let n = 0; n < 50; n += 1) await Promise.all(Array.from({ length: 10 }, () => site.begin(site.visitor())));
    const answer = await visitor.get(url);
    must(answer.status === 303 && site.session(visitor), () => brief(answer));
  });
}
