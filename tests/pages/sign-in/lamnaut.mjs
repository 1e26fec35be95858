// Handing out (lämna ut), as registrars and archivists meet it, and everybody else: a node with two authorities, of which one
// has shared a work, marked a field of it and registered it with protected words.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { auditText } from './audit.mjs';
import { Site, brief, check, guardOf, must, provide, settings, startNode, stopNode, unloggable } from './harness.mjs';
import { decoded, mustBeValid, mustSayWhy, words } from './html.mjs';
import { axeSource, enterIn, mustLookWell, mustPrintWell } from './looks.mjs';
import { freePort, run } from './node.mjs';

const MARK = `${process.pid}`;
const TITLE = `Handlingar på begäran ${MARK}`;
const OWN_WORD = 'Backsippsgården';
const SUMMARY = `Avtalet med leverantören löper till våren och kostar ${MARK} kronor.`;
const UNIT = `Enheten på ${OWN_WORD}`;
const PROTECTED = `Skyddad mening ${MARK}`;
const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Samordnare', role: 'coordinator' },
  { value: 'Samsyn.Registrator.RS', role: 'registrar', authority: 'rs' },
  { value: 'Samsyn.Arkivarie.RS', role: 'archivist', authority: 'rs' },
  { value: 'Samsyn.Registrator.HSN', role: 'registrar', authority: 'hsn' },
  { value: 'Samsyn.Samordnare.RS', role: 'coordinator', authority: 'rs' },
];
const LOGINS = ['registrator', 'arkivarie', 'namnden', 'bada', 'lasare', 'rsskribent'];

// The files of a zip file without data descriptors, by a reader that is not the node's own.
function unzip(bytes) {
  const files = new Map();
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [method, size, name, extra] = [bytes.readUInt16LE(at + 8), bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)];
    const begins = at + 30 + name + extra;
    const content = bytes.subarray(begins, begins + size);
    files.set(bytes.toString('utf8', at + 30, at + 30 + name), method === 8 ? inflateRawSync(content) : content);
    at = begins + size;
  }
  return files;
}

// What the page of an examination asks, and what its form would send.
function examinationOf(html) {
  const passages = [...html.matchAll(/<fieldset>\s*<legend>([^]*?)<\/legend>([^]*?)<\/fieldset>/g)]
    .filter(([, , body]) => /name="v-/.test(body))
    .map(([, legend, body]) => ({
      label: words(legend),
      key: body.match(/name="v-([0-9a-f]+)"/)[1],
      text: decoded(body.match(/<p class="value">([^]*?)<\/p>/)[1].replaceAll(/<[^>]*>/g, '')),
      marked: [...body.matchAll(/<mark>([^]*?)<\/mark>/g)].map(([, text]) => decoded(text)),
      reasons: [...body.matchAll(/<li>([^]*?)<\/li>/g)].map(([, reason]) => words(reason)),
      choice: body.match(/value="(\w+)" checked/)?.[1],
      fault: words(body.match(/<p class="notice">([^]*?)<\/p>/)?.[1] ?? ''),
    }));
  const main = html.slice(html.indexOf('<main'));
  const hidden = (name) => [...main.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, 'g'))].map(([, value]) => value);
  const form = { skydd: guardOf(main), myndighet: hidden('myndighet')[0], arbete: hidden('arbete') };
  for (const { key, choice } of passages) Object.assign(form, { [`v-${key}`]: choice ?? [], [`o-${key}`]: '', [`b-${key}`]: '' });
  return { html, passages, form, text: words(main) };
}

class Desk {
  constructor(site, visitor) {
    Object.assign(this, { site, visitor });
  }

  async get(path, status = 200) {
    const answer = await this.visitor.get(this.site.base + path);
    must(answer.status === status, () => `${path}: ${brief(answer)}`);
    return answer;
  }

  async search(text, authority = '') {
    const { text: html } = await this.get(`/lamna-ut?${new URLSearchParams({ sok: text, ...(authority && { myndighet: authority }) })}`);
    return { html, ids: [...html.matchAll(/name="arbete" value="([0-9a-f]+)"/g)].map(([, id]) => id) };
  }

  async open(id, authority = 'rs') {
    return examinationOf((await this.get(`/lamna-ut/prova?myndighet=${authority}&arbete=${id}`)).text);
  }

  send(fields, options) {
    const pairs = Object.entries(fields).flatMap(([key, values]) => [values ?? []].flat().map((value) => [key, value]));
    return this.visitor.post(`${this.site.base}/lamna-ut/prova`, pairs, options);
  }
}

export async function lamnaut({ browser, place }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  await mkdir(join(place.directory, 'rules-lamnaut'), { recursive: true });
  await writeFile(join(place.directory, 'rules-lamnaut', 'hsn.toml'), `[scan]\nwords = ["${OWN_WORD}"]\n`);
  const site = new Site({ base, cookie: 'samsyn', provider });
  const text = `${settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES)}\n[rules]\ndirectory = "rules-lamnaut"\n`;
  site.node = await startNode(place, 'sign-in-lamnaut', text, base);
  const directory = await mkdtemp(join(tmpdir(), 'samsyn-lamnaut-'));
  const handing = new Handing(site, browser, directory);
  try {
    await handing.all();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  await stopNode(site.node);
  await handing.audit();
  await provider.down();
}

class Handing {
  constructor(site, browser, directory) {
    Object.assign(this, { site, browser, directory });
    unloggable.add(TITLE).add(SUMMARY).add(OWN_WORD).add(PROTECTED);
  }

  async all() {
    this.nobody = new Desk(this.site, this.site.visitor());
    for (const login of LOGINS) this[login] = new Desk(this.site, await this.site.enter(login));
    await this.prepare();
    await this.whoMay();
    await this.finds();
    await this.examined();
    await this.packs();
    await this.forms();
    await this.received();
    await this.looks();
  }

  // A work that is shared, then marked, and registered with a protected subject; and a draft that is not shared.
  async prepare() {
    const { node } = this.site;
    const { working_copy_id: copy } = await node.client('work', 'new', '--title', TITLE, '--summary', SUMMARY, '--authority', 'rs', '--set', `contact-unit=${UNIT}`);
    await node.client('work', 'publish', copy, '--yes');
    await node.client('work', 'mark', copy, '--path', 'summary', '--provision', '19:3');
    await node.client('work', 'edit', copy, '--stage', 'pågående', '--set', `later=Bara i utkastet ${MARK}`);
    const { text } = await this.registrator.get('/diarium?lage=alla');
    const row = [...text.matchAll(/<tr>([^]*?)<\/tr>/g)].map(([, html]) => html).find((html) => html.includes(TITLE));
    const post = row.match(/name="post" value="(\d+)"/)[1];
    const fields = { skydd: guardOf(text), till: '/diarium', myndighet: 'rs', post, beslut: 'nummer', nummer: `RS 2026/${MARK}`, mening: 'Arbete', skyddad: PROTECTED };
    const done = await this.registrator.visitor.post(`${this.site.base}/diarium`, fields);
    must(done.status === 303, () => brief(done));
    this.id = (await this.registrator.search(TITLE)).ids[0];
    must(this.id, 'the work is not found');
  }

  async whoMay() {
    const at = ['/lamna-ut', `/lamna-ut?sok=${MARK}`, `/lamna-ut/prova?arbete=${this.id}`];
    for (const login of ['nobody', 'lasare', 'rsskribent']) {
      await check(`lamnaut: ${login} hands nothing out, and reads why`, async () => {
        for (const path of at) {
          const answer = await this[login].get(path, 403);
          await mustSayWhy(answer, 403, 'role.forbidden', 'Handlingar lämnas ut av myndighetens registratorer');
          must(!answer.text.includes(TITLE), 'it shows the title');
        }
        const { text } = await this[login].get('/');
        must(!text.includes('href="/lamna-ut"'), 'the menu leads there');
        const form = { skydd: guardOf(text) ?? '', myndighet: 'rs', arbete: this.id };
        await mustSayWhy(await this[login].send(form), 403, 'role.forbidden');
      });
    }
    for (const login of ['registrator', 'arkivarie']) {
      await check(`lamnaut: ${login} finds the page by the menu, without JavaScript`, () =>
        this.with(login, '/', async (page) => {
          await page.getByRole('link', { name: 'Lämna ut', exact: true }).click();
          must((await page.getByRole('navigation', { name: 'Huvudmeny' }).locator('[aria-current=page]').textContent()) === 'Lämna ut', 'not marked');
          must((await page.locator('main').textContent()).includes('Fråga inte vem som ber om dem eller varför'), 'it does not say so');
        }),
      );
    }
    await check('lamnaut: one authority’s registrar has nothing to do with another authority', async () => {
      await mustSayWhy(await this.namnden.get(`/lamna-ut/prova?myndighet=rs&arbete=${this.id}`, 404), 404, 'input.not_found');
      const { form } = await this.namnden.open(this.id, 'hsn');
      await mustSayWhy(await this.namnden.send({ ...form, myndighet: 'rs' }), 404, 'input.not_found');
      const { html, passages } = await this.namnden.open(this.id, 'hsn');
      must(!html.includes(PROTECTED) && !html.includes('Sekretessmarkerat'), "it shows the other authority's register or marks");
      must(passages.find(({ text }) => text === UNIT).marked.join() === OWN_WORD, 'its own word is not marked');
    });
    await check('lamnaut: somebody of two authorities chooses', async () => {
      const { html } = await this.bada.search(TITLE, 'hsn');
      must(/<option value="hsn" selected>/.test(html) && html.includes('<option value="rs">'), 'no choice');
    });
  }

  async finds() {
    await check('lamnaut: a search finds words in any text, and no draft', async () => {
      for (const text of [SUMMARY, UNIT.toUpperCase(), `kronor leverantören ${MARK}`]) {
        must((await this.registrator.search(text)).ids.includes(this.id), text);
      }
      for (const text of [`utkastet ${MARK}`, 'finns-inte-någonstans', '%', '"><script>']) {
        const { html, ids } = await this.registrator.search(text);
        must(ids.length === 0 && html.includes('Inget dokument passar.') && !html.includes('<script>'), () => `${text}: ${ids.length}`);
        await mustBeValid(html);
      }
      await this.registrator.get(`/lamna-ut?sok=${'x'.repeat(5_000)}`);
    });
    await check('lamnaut: addresses that lead to nothing', async () => {
      for (const id of ['x', '0'.repeat(64), this.id.slice(0, 10), '%00']) await mustSayWhy(await this.registrator.get(`/lamna-ut/prova?arbete=${id}`, 404), 404, 'input.not_found');
      await mustSayWhy(await this.registrator.get('/lamna-ut/prova', 422), 422, 'input.empty', 'Inget dokument är valt');
      const many = Array.from({ length: 21 }, (_, n) => `arbete=${n.toString(16).padStart(64, '0')}`).join('&');
      await mustSayWhy(await this.registrator.get(`/lamna-ut/prova?${many}`, 422), 422, 'pack.too_large');
    });
  }

  async examined() {
    await check('lamnaut: what is marked or protected is put to the person without an answer, the rest is given', async () => {
      const { passages, html } = await this.registrator.open(this.id);
      const of = (text) => passages.find((passage) => passage.text === text);
      must(of(SUMMARY).choice === undefined && /Sekretessmarkerat .*19 kap\. 3 §/.test(of(SUMMARY).reasons.join()), () => JSON.stringify(of(SUMMARY)));
      must(of(PROTECTED).choice === undefined && /Skyddat i diariet/.test(of(PROTECTED).reasons.join()), () => JSON.stringify(of(PROTECTED)));
      must(of(TITLE).choice === 'ge' && of(TITLE).reasons.length === 0, () => JSON.stringify(of(TITLE)));
      must(!html.includes(`Bara i utkastet ${MARK}`), 'it shows the draft');
    });
  }

  // The whole way in a browser without JavaScript, as far as the answers; the pack is then had by the same form.
  async packs() {
    await check('lamnaut: what lacks an answer or a provision is said, and what was chosen stays', async () => {
      const { form, passages } = await this.registrator.open(this.id);
      const [summary, unit] = [SUMMARY, UNIT].map((text) => passages.find((p) => p.text === text).key);
      const answer = await this.registrator.send({ ...form, [`v-${summary}`]: 'hel', [`v-${unit}`]: 'del', [`o-${unit}`]: 'Kullerbytta', [`b-${unit}`]: '31:16' });
      must(answer.status === 422, () => brief(answer));
      await mustBeValid(answer.text);
      const again = examinationOf(answer.text);
      const of = (key) => again.passages.find((p) => p.key === key);
      must(/bestämmelse saknas/.test(of(summary).fault) && of(summary).choice === 'hel', () => JSON.stringify(of(summary)));
      must(/finns inte i texten/.test(of(unit).fault) && answer.text.includes('Kullerbytta'), () => JSON.stringify(of(unit)));
      must(/Välj vad/.test(again.passages.find((p) => p.text === PROTECTED).fault), 'the unanswered one is not told');
    });
    await check('lamnaut: a pack without what is masked, which verify-pack finds whole, and changed by a byte does not', async () => {
      const { form, passages } = await this.registrator.open(this.id);
      const key = (text) => passages.find((p) => p.text === text).key;
      const answers = {
        ...form,
        [`v-${key(SUMMARY)}`]: 'hel', [`b-${key(SUMMARY)}`]: '19:3',
        [`v-${key(PROTECTED)}`]: 'hel', [`b-${key(PROTECTED)}`]: '21:7',
        ord: OWN_WORD, ordb: '31:16',
      };
      const answer = await this.registrator.send(answers);
      must(answer.status === 200 && answer.headers['content-type'] === 'application/zip', () => brief(answer));
      must(/^attachment; filename="utlamning-rs-\d{4}-\d\d-\d\d\.zip"$/.test(answer.headers['content-disposition']), answer.headers['content-disposition']);
      must(answer.headers['cache-control'] === 'no-store', answer.headers['cache-control']);
      this.files = unzip(answer.bytes);
      const all = Buffer.concat([...this.files.values()]);
      for (const word of [SUMMARY, OWN_WORD, PROTECTED, `Bara i utkastet ${MARK}`]) {
        for (const written of [Buffer.from(word), Buffer.from(Buffer.from(word).toString('hex'))]) must(!all.includes(written), `'${word}' is in it`);
      }
      must(all.includes(TITLE), 'the title is not in it');
      const file = join(this.directory, 'utlamning.zip');
      await writeFile(file, answer.bytes);
      const said = JSON.parse((await run(this.site.node.binary, ['--json', 'verify-pack', file])).stdout).data;
      must(said.facts.masked === 1 && said.facts.masked_in_part === 1 && said.facts.proven > 0 && said.maskings.length === 3 && said.pages_same, JSON.stringify(said));
      const changed = Buffer.from(answer.bytes);
      changed[Math.floor(changed.length / 2)] ^= 1;
      await writeFile(file, changed);
      const ran = await run(this.site.node.binary, ['--json', 'verify-pack', file]).catch((error) => error);
      must(ran.code === 5 && JSON.parse(ran.stdout).error.code.startsWith('pack.'), `${ran.code}: ${ran.stdout}`);
    });
    await check('lamnaut: what is masked in one place and stands in another is told, and given only when that was seen', async () => {
      const { form, passages } = await this.arkivarie.open(this.id);
      for (const { key, choice } of passages) if (!choice) form[`v-${key}`] = 'ge';
      const title = passages.find((p) => p.text === TITLE).key;
      Object.assign(form, { [`v-${title}`]: 'del', [`o-${title}`]: MARK, [`b-${title}`]: '21:7' });
      const told = await this.arkivarie.send(form);
      must(told.status === 422 && told.text.includes('name="kvar"'), () => brief(told));
      must(/maskerar på ett annat/.test(examinationOf(told.text).passages.find((p) => p.text === SUMMARY).fault), 'the place is not told');
      const unseen = await this.arkivarie.send({ ...form, kvar: '1' });
      must(unseen.status === 422, () => brief(unseen));
      const kvar = /name="kvar" value="([0-9a-f]+)"/.exec(told.text)[1];
      const answer = await this.arkivarie.send({ ...form, kvar });
      must(answer.status === 200 && unzip(answer.bytes).has('beslut-utkast.html'), () => brief(answer));
    });
  }

  async forms() {
    await check("lamnaut: a form without this session's 'skydd' makes no pack", async () => {
      const { form } = await this.registrator.open(this.id);
      const others = guardOf((await this.arkivarie.get('/')).text);
      for (const skydd of [undefined, '', 'x', others]) await mustSayWhy(await this.registrator.send({ ...form, skydd }), 403, 'sign_in.forged', 'Formuläret gäller inte längre');
    });
    await check('lamnaut: forms that no page has sent', async () => {
      const { form, passages } = await this.registrator.open(this.id);
      const given = Object.fromEntries(passages.map(({ key }) => [`v-${key}`, 'ge']));
      const wrong = {
        'nothing chosen': [{ arbete: [] }, 422, 'input.empty'],
        'a document that is none': [{ arbete: 'x' }, 404, 'input.not_found'],
        'an authority that there is not': [{ myndighet: 'x' }, 404, 'input.not_found'],
      };
      for (const [changed, ...said] of Object.values(wrong)) await mustSayWhy(await this.registrator.send({ ...form, ...given, ...changed }), ...said);
      for (const changed of [{ [`v-${passages[0].key}`]: 'elda' }, { ord: 'x'.repeat(600), ordb: '19:3' }, { ord: TITLE, ordb: 'nitton' }]) {
        const answer = await this.registrator.send({ ...form, ...given, ...changed });
        must(answer.status === 422, () => brief(answer));
        await mustBeValid(answer.text);
      }
      const large = await this.registrator.send({ ...form, ...given, ord: 'x'.repeat(1_200_000) });
      const text = await this.registrator.send({ ...form, ...given }, { headers: { 'content-type': 'text/plain' } });
      for (const answer of [large, text]) must([403, 413, 415, 422].includes(answer.status), () => brief(answer));
      await mustBeValid(large.text);
      for (const [method, at] of [['POST', '/lamna-ut'], ['PUT', '/lamna-ut/prova'], ['DELETE', '/lamna-ut/prova']]) {
        const answer = await this.registrator.visitor.ask(method, this.site.base + at, { form: { ...form, ...given } });
        must(answer.status === 405, () => `${method} ${at}: ${brief(answer)}`);
      }
    });
  }

  async received() {
    await check("lamnaut: another party's work is handed out with that party's signature on it", async () => {
      const { html, ids } = await this.registrator.search('a');
      const row = [...html.matchAll(/<tr>([^]*?)<\/tr>/g)].map(([, row]) => row).find((row) => row.includes('<td>Timrå kommun</td>'));
      must(row && ids.length > 1, 'none of Timrå');
      const { form } = await this.registrator.open(row.match(/value="([0-9a-f]+)"/)[1]);
      const answer = await this.registrator.send(form);
      must(answer.status === 200, () => brief(answer));
      const data = JSON.parse(unzip(answer.bytes).get('data.json'));
      must(data.objects[0].owner.id === 'timra' && data.organisation.id === 'rvn', JSON.stringify(data.objects[0].owner));
      must(data.objects[0].facts.every(({ proof }) => proof === 'value'), 'something is not proven');
    });
  }

  async looks() {
    const axe = await axeSource();
    const { PICTURES: pictures } = process.env;
    if (pictures) await mkdir(pictures, { recursive: true });
    const states = { start: '/lamna-ut', found: `/lamna-ut?sok=${MARK}`, examine: `/lamna-ut/prova?arbete=${this.id}` };
    for (const [name, at] of Object.entries(states)) {
      await this.with('registrator', '/lamna-ut', async (page) => {
        for (const language of ['sv', 'en']) {
          await check(`lamnaut looks: ${name}, ${language}, on screen and in print`, async () => {
            const answer = await page.goto(`${this.site.base}${at}${language === 'en' ? `${at.includes('?') ? '&' : '?'}sprak=en` : ''}`);
            must((await page.locator('html').getAttribute('lang')) === language, 'in another language');
            await mustPrintWell(page, axe);
            await mustLookWell(page, axe, { html: await answer.text(), pictures: pictures && join(pictures, `lamnaut-${name}-${language}`) });
          });
        }
      }, { bypassCSP: true });
    }
    for (const name of ['index.html', 'maskningar.html', 'beslut-utkast.html']) {
      await check(`lamnaut looks: ${name} of a pack, from the disk`, async () => {
        const file = join(this.directory, name);
        await writeFile(file, this.files.get(name));
        await mustBeValid(this.files.get(name).toString());
        await this.with('registrator', '/lamna-ut', async (page) => {
          await page.goto(pathToFileURL(file).href);
          await page.addScriptTag({ content: axe });
          const { violations } = await page.evaluate(() => globalThis.axe.run());
          must(violations.length === 0, () => violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html}`).join('\n'));
          if (pictures) await page.screenshot({ path: join(pictures, `lamnaut-${name}.png`), fullPage: true });
        }, {});
      });
    }
  }

  async with(login, at, work, options) {
    const { context, page } = await enterIn(this.browser, this.site, login, at, options);
    try {
      await work(page);
    } finally {
      await context.close();
    }
  }

  async audit() {
    await check('lamnaut: the audit log has what was handed out and by whom, and nothing of what stands there or was searched', async () => {
      const text = await auditText(this.site.node);
      const lines = text.trim().split('\n').map((line) => JSON.parse(line)).filter(({ act }) => act === 'handed_out');
      must(lines.length === 3, `${lines.length} lines`);
      must(lines[0].documents.join() === this.id && lines[0].maskings === 3 && lines[0].provisions.join() === '19:3,21:7,31:16', JSON.stringify(lines[0]));
      for (const word of [TITLE, SUMMARY, OWN_WORD, PROTECTED, 'kullerbytta']) must(!text.toLowerCase().includes(word.toLowerCase()), `'${word}' is in it`);
    });
  }
}
