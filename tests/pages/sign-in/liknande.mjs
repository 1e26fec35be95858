// Liknande arbeten and remarks, as the owner's coordinator answers them on the page of a work, and as everybody else sees them:
// what is answered is written into the draft, and why two works are not alike stays there.

import { Site, brief, check, must, mustBeRefused, provide, settings, startNode, stopNode, unloggable } from './harness.mjs';
import { mustBeValid, mustSayWhy, words } from './html.mjs';
import { freePort } from './node.mjs';
import { Desk, MARK } from './utkast/desk.mjs';

const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Samordnare', role: 'coordinator' },
];
const REASON = `Den ena gäller vuxna ${MARK}`;

export async function liknande({ place }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  const site = new Site({ base, cookie: 'samsyn', provider });
  unloggable.add(REASON);
  site.node = await startNode(place, 'sign-in-liknande', settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES), base);
  const [coordinator, reader] = [new Desk(site, await site.enter('samordnare')), new Desk(site, await site.enter('lasare'))];
  const client = (...line) => site.node.client(...line);

  // Two works of our own that want the same, shared.
  const share = async (title) => {
    const { working_copy_id: copy } = await client('work', 'new', '--title', title, '--summary', 'Besökare mäter sitt blodtryck i biblioteket.');
    const { document_id: document } = await client('work', 'publish', copy, '--yes');
    return document;
  };
  const first = await share(`Blodtrycksmätning på bibliotek ${MARK}`);
  const second = await share(`Mäta blodtryck på biblioteket ${MARK}`);
  const at = `/arbete/${first}`;
  const proposed = (html) => (html.match(/id="liknande"[^]*?<\/section>\s*(?:<p class="small">|<\/section>)/)?.[0] ?? '').includes(second);
  // The first who asks has works compared that are read meanwhile: the page says so until it is done.
  const compared = async (desk, page) => {
    for (const end = Date.now() + 10_000; ;) {
      const { text } = await desk.get(page);
      if (!text.includes('Alla arbeten är inte jämförda än') || Date.now() > end) return text;
      await new Promise((soon) => setTimeout(soon, 100));
    }
  };
  const post = async (desk, to, fields) => desk.visitor.post(`${base}${at}/${to}`, Object.entries({ skydd: await desk.guard(), ...fields }));

  await check('works that are alike are proposed with why, to everybody; only the owner answers', async () => {
    const text = await compared(coordinator, at);
    must(proposed(text) && words(text).includes('samma ord:') && text.includes('Koppla ihop'), () => words(text));
    await mustBeValid(text);
    const seen = (await reader.get(at)).text;
    must(proposed(seen) && !seen.includes('Koppla ihop'), 'a reader is asked too');
    const refused = await post(reader, 'liknande', { arbete: second, svar: 'koppla' });
    must([403, 404].includes(refused.status), () => brief(refused));
  });
  await check('a form that comes from elsewhere changes nothing', async () => {
    const answer = await coordinator.visitor.post(`${base}${at}/liknande`, [['arbete', second], ['svar', 'koppla']]);
    must(answer.status === 403 && answer.text.includes('sign_in.forged'), () => brief(answer));
    must(proposed((await coordinator.get(at)).text), 'it is not proposed any more');
  });
  await check('not alike wants a reason, which stays with those who write', async () => {
    const { text } = await coordinator.get(at);
    const silent = await post(coordinator, 'liknande', { arbete: second, svar: 'inte', skal: '' });
    await mustSayWhy(silent, 422, 'input.empty', 'Ett skäl saknas');
    const done = await post(coordinator, 'liknande', { arbete: second, svar: 'inte', skal: REASON });
    must(done.status === 303, () => brief(done));
    must(!proposed((await coordinator.get(at)).text) && text.length > 0, 'it is still proposed');
    const others = (await reader.get(at)).text;
    must(proposed(others) && !others.includes(REASON), 'others see what was answered');
  });
  await check('two works are linked in the draft, and the link is shared with it', async () => {
    const back = `/arbete/${second}`;
    const skydd = await coordinator.guard();
    const done = await coordinator.visitor.post(`${base}${back}/liknande`, Object.entries({ skydd, arbete: first, svar: 'koppla' }));
    must(done.status === 303 && done.to.includes('/utkast/'), () => brief(done));
    const draft = done.to.match(/\/utkast\/([0-9a-f]+)/)[1];
    const { changes } = await coordinator.open(draft);
    must(changes.length === 1 && changes[0].path === '/facts/related' && changes[0].after.includes(first), () => JSON.stringify(changes));
    await client('work', 'publish', draft, '--yes');
    const { text } = await reader.get(back);
    must(text.includes(`href="${at}"`) && words(text).includes('Ägaren har kopplat ihop arbetet med'), () => words(text));
  });
  await check('a proposed value is accepted with one press, and read as its field holds it', async () => {
    await client('work', 'edit', first, '--set', '/remarks/rvn/r1=prose:Är det inte en pilot?', '--set', '/remarks/rvn/r1/path=text:Form', '--set', '/remarks/rvn/r1/value=text:pilot');
    await client('work', 'publish', first, '--yes');
    const { text } = await coordinator.get(at);
    must(words(text).includes('Är det inte en pilot?') && words(text).includes('inte besvarad än') && text.includes('Anta förslaget'), () => words(text));
    await mustBeValid(text);
    must(!(await reader.get(at)).text.includes('Anta förslaget'), 'a reader may accept');
    const done = await post(coordinator, 'fraga', { part: 'rvn', post: 'r1', svar: 'accepted' });
    must(done.status === 303 && done.to.includes('/utkast/'), () => brief(done));
    const { changes } = await coordinator.open(done.to.match(/\/utkast\/([0-9a-f]+)/)[1]);
    must(changes.some(({ path, after }) => path === '/facts/form' && after === 'pilot'), () => JSON.stringify(changes));
    await client('work', 'publish', first, '--yes');
    must(words((await reader.get(at)).text).includes('antagen av ägaren'), 'the answer is not shown');
    const none = await post(coordinator, 'fraga', { part: 'rvn', post: 'finns-inte', svar: 'noted' });
    must(none.status === 404, () => brief(none));
  });
  await check('who writes a draft sees what is like it before it is shared', async () => {
    const { working_copy_id: copy } = await client('work', 'new', '--title', `Blodtryck på bibliotek ${MARK}`);
    const { text } = await coordinator.get(`/skriv/${copy}`);
    must(text.includes('id="liknande"') && text.includes(first), () => words(text));
    await mustBeValid(text);
  });
  await check('a party begins what it says of an area and a working method from its form', async () => {
    const roadmap = (await (await fetch(`${base}/api/v1/documents?slag=roadmap`)).json()).data.documents[0].document_id;
    // The region has founded it, so there is a draft.
    const begun = await coordinator.visitor.get(`${base}/skriv/${roadmap}`);
    must(begun.status === 303 && begun.to.includes('/skriv/'), () => brief(begun));
    const sheet = (await coordinator.visitor.get(begun.to)).text;
    for (const place of ['/areas/tsi/parties/rvn', '/rollout/hlt-tsi/rvn']) must(sheet.includes(`value="${place}"`), () => `no form for ${place}`);
    must(/value="\/areas\/lsg\/parties\/rvn\/parts\/[0-9a-f]+"/.test(sheet), 'no form for a part of a municipality');
    await mustBeValid(sheet);
  });
  await check('nobody who has not signed in answers', async () => {
    const visitor = site.visitor();
    const answer = await visitor.post(`${base}${at}/fraga`, [['part', 'rvn'], ['post', 'r1'], ['svar', 'noted']]);
    mustBeRefused(site, visitor, answer, 403, ['sign_in.forged', 'role.forbidden']);
  });
  await stopNode(site.node);
  await provider.down();
}
