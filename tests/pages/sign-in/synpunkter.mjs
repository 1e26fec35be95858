// Drafts for comment (synpunkter): a node with two authorities asks Timrå and is asked by it. One board sees nothing of what the
// other has sent or been sent, and nobody else sees anything.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Site, check, must, pause, provide, settings, startNode, stopNode, unloggable } from './harness.mjs';
import { mustSayWhy, words } from './html.mjs';
import { axeSource, enterIn, mustLookWell, mustPrintWell } from './looks.mjs';
import { freePort } from './node.mjs';
import { Desk, MARK } from './utkast/desk.mjs';

const RULES = { rs: '[release]\nmode = "automatic"\ncomment_days = 10\n', hsn: '[release]\nmode = "automatic"\n' };
const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Registrator.RS', role: 'registrar', authority: 'rs' },
  { value: 'Samsyn.Samordnare.RS', role: 'coordinator', authority: 'rs' },
  { value: 'Samsyn.Frislappare.RS', role: 'releaser', authority: 'rs' },
  { value: 'Samsyn.Samordnare.HSN', role: 'coordinator', authority: 'hsn' },
];
const LOGINS = ['rsskribent', 'rsslappare', 'hsnskribent', 'lasare', 'registrator'];
const day = (from) => new Date(Date.now() + from * 86_400_000).toLocaleDateString('sv-SE', { timeZone: 'Europe/Stockholm' });

export async function synpunkter({ browser, place }) {
  const [port, otherPort] = [await freePort(), await freePort()];
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  await mkdir(join(place.directory, 'rules-synpunkter'), { recursive: true });
  for (const [authority, rules] of Object.entries(RULES)) await writeFile(join(place.directory, 'rules-synpunkter', `${authority}.toml`), rules);
  const site = new Site({ base, cookie: 'samsyn', provider });
  const text = `${settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES)}\n[rules]\ndirectory = "rules-synpunkter"\n`;
  site.node = await startNode(place, 'sign-in-synpunkter', text, base);
  const elsewhere = { ...place, directory: join(dirname(place.directory), 'timra') };
  const timra = await startNode(elsewhere, 'sign-in-synpunkter', `[web]\nlisten = "127.0.0.1:${otherPort}"\n`, `http://127.0.0.1:${otherPort}`);
  const comments = new Comments(site, browser, timra);
  await comments.all();
  await stopNode(timra);
  await stopNode(site.node);
  await provider.down();
}

class Comments {
  constructor(site, browser, timra) {
    Object.assign(this, { site, browser, timra });
    this.words = { draft: `Utkastsord ${MARK}`, asked: `Frågeord ${MARK}`, reply: `Svarsord ${MARK}`, theirs: `Timråord ${MARK}` };
    for (const word of Object.values(this.words)) unloggable.add(word);
  }

  async all() {
    this.nobody = new Desk(this.site, this.site.visitor());
    for (const login of LOGINS) this[login] = new Desk(this.site, await this.site.enter(login));
    await this.sends();
    await this.isRefused();
    await this.isRepliedTo();
    await this.isAsked();
    await this.looks();
  }

  async until(what, holds) {
    for (let n = 0; n < 150; n += 1) {
      const found = await holds();
      if (found) return found;
      await pause(100);
    }
    throw new Error(`waited for ${what}`);
  }

  async with(login, at, work) {
    const { context, page } = await enterIn(this.browser, this.site, login, at);
    try {
      await work(page);
    } finally {
      await context.close();
    }
  }

  press(page, name) {
    return Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()]);
  }

  async mustNotSee(at, word) {
    for (const desk of [this.hsnskribent, this.lasare, this.nobody]) {
      const answer = await desk.visitor.get(this.site.base + at);
      must([403, 404].includes(answer.status) && !answer.text.includes(word), () => `${at}: ${answer.status}`);
    }
  }

  // The form as the page has it, some of its fields changed.
  async form(changed) {
    const { text } = await this.rsskribent.get(`/utkast/${this.copy}`);
    const part = text.slice(text.indexOf('id="synpunkter"'));
    const value = (name) => part.match(new RegExp(`name="${name}" (?:type="\\w+" )?(?:required )?value="([^"]*)"`))?.[1];
    const fields = { skydd: value('skydd'), innehall: value('innehall'), uppgift: ['/facts/title', '/facts/summary'], senast: day(5), beslut: 'fraga', till: 'timra', ...changed };
    return this.rsskribent.send(this.copy, fields);
  }

  async sends() {
    const { working_copy_id: copy } = await this.site.node.client('work', 'new', '--title', `Samordnad hemgång ${MARK}`, '--summary', this.words.draft, '--authority', 'rs');
    this.copy = copy;
    await check('synpunkter: without JavaScript a draft is sent to one who is chosen, until a day that the rules propose', () =>
      this.with('rsskribent', `/utkast/${copy}`, async (page) => {
        await page.getByText('Välj vad, till vem och till när').click();
        must((await page.getByLabel('Sista dag för synpunkter').inputValue()) === day(10), 'another day is proposed');
        await page.getByLabel('Timrå kommun').check();
        await page.getByLabel('Vad ni vill ha synpunkter på').fill(this.words.asked);
        await this.press(page, 'Skicka för synpunkter');
        must((await page.getByRole('status').textContent()).startsWith('Skickat för synpunkter.'), 'it does not say so');
      }),
    );
    await check('synpunkter: it is in the list of those who asked, and the draft is as unshared as before', async () => {
      const { text } = await this.rsskribent.get('/synpunkter');
      const link = text.match(/href="(\/synpunkter\/[0-9a-f]{64})"/)?.[1];
      must(link && words(text).includes(`Samordnad hemgång ${MARK} till Timrå kommun`), () => words(text));
      this.sent = link;
      const shown = words((await this.rsskribent.get(link)).text);
      for (const word of [this.words.draft, this.words.asked, day(10), 'Inga svar än']) must(shown.includes(word), () => `${word}: ${shown}`);
      must((await this.rsskribent.row(copy))?.text.includes('Inte delat'), 'the draft is shared');
      must(words((await this.rsslappare.get(link)).text).includes(this.words.draft), 'the releaser does not see it');
    });
    await check('synpunkter: another board, a reader, a registrar and anybody see nothing of it, and no list names it', async () => {
      await this.mustNotSee(this.sent, this.words.draft);
      must((await this.registrator.visitor.get(this.site.base + this.sent)).status === 404, 'the registrar sees a draft');
      must(!(await this.hsnskribent.get('/synpunkter')).text.includes(MARK), 'another board has it in its list');
      for (const at of ['/', '/portfolj', '/diarium/offentligt', '/api/v1/works', '/noder']) {
        for (const desk of [this.nobody, this.lasare]) {
          const { text } = await desk.visitor.get(this.site.base + at);
          must(![this.words.draft, this.sent.slice(12)].some((word) => text.includes(word)), at);
        }
      }
      must((await this.rsskribent.visitor.get(`${this.site.base}/arbete/${this.sent.slice(12)}`)).status === 404, 'it is shown as a work');
    });
  }

  async isRefused() {
    const wrong = {
      'nobody is chosen': [{ till: [] }, 422, 'space.no_recipient', 'Ingen mottagare är vald'],
      'the own organisation': [{ till: 'rvn' }, 422, 'space.own_organisation'],
      'no party': [{ till: 'bollnas' }, 422, 'input.unknown_party'],
      'no authority': [{ till: 'timra/xx' }, 422, 'space.unknown_authority'],
      'a day that has passed': [{ senast: day(-1) }, 422, 'space.deadline'],
      'a day too far away': [{ senast: day(400) }, 422, 'space.deadline'],
      'no day': [{ senast: 'snart' }, 422, 'space.deadline'],
      'a wide circle that nobody knows of': [{ till: ['timra', 'ange', 'kramfors', 'sundsvall'] }, 422, 'space.wide', 'Kretsen är vid'],
      'a form of another session': [{ skydd: 'x' }, 403, 'sign_in.forged'],
      'something else was looked at': [{ innehall: '0'.repeat(64) }, 409, 'release.changed'],
      'nothing is chosen': [{ uppgift: [] }, 422, 'input.empty'],
    };
    for (const [what, [changed, ...said]] of Object.entries(wrong)) {
      await check(`synpunkter: not sent, and why: ${what}`, async () => {
        const before = words((await this.rsskribent.get('/synpunkter')).text.match(/<main[^]*<\/main>/)[0]);
        await mustSayWhy(await this.form(changed), ...said);
        must(words((await this.rsskribent.get('/synpunkter')).text.match(/<main[^]*<\/main>/)[0]) === before, 'something was sent');
      });
    }
  }

  async isRepliedTo() {
    await check('synpunkter: a reply of Timrå is on the page, in the register to be registered, and told to nobody else', async () => {
      const id = this.sent.slice(12);
      await this.until('timra to have it', async () => (await this.timra.client('comment', 'list')).comments.some((c) => c.document_id === id));
      await this.timra.client('comment', 'reply', id, '--text', this.words.reply, '--yes');
      await this.until('the reply', async () => (await this.rsskribent.get(this.sent)).text.includes(this.words.reply));
      const { text } = await this.registrator.get('/diarium?myndighet=rs');
      must(words(text).includes('Synpunkter på ett utkast'), 'it is not in the register');
      must(!text.includes(`Samordnad hemgång ${MARK}`), 'the register tells what the draft is called');
      const shown = (await this.registrator.get(this.sent)).text;
      must(shown.includes(this.words.reply) && !shown.includes(this.words.draft), 'the registrar sees the reply and not the draft');
      await this.mustNotSee(this.sent, this.words.reply);
    });
  }

  async isAsked() {
    const made = await this.timra.client('work', 'new', '--title', `Gemensam larmcentral ${MARK}`, '--summary', this.words.theirs);
    const sent = await this.timra.client('work', 'publish', made.working_copy_id, '--purpose', 'synpunkter', '--to', 'rvn/hsn', '--yes');
    this.asked = `/synpunkter/${sent.copies[0].document_id}`;
    await check('synpunkter: what is addressed to one board is there for it and not for the other', async () => {
      await this.until('it', async () => (await this.hsnskribent.visitor.get(this.site.base + this.asked)).status === 200);
      must(words((await this.hsnskribent.get(this.asked)).text).includes(this.words.theirs), 'it does not say what it says');
      must((await this.rsskribent.visitor.get(this.site.base + this.asked)).status === 404, 'the other board sees it');
      must(!(await this.rsskribent.get('/synpunkter')).text.includes('larmcentral'), 'it is in the other board\'s list');
    });
    await check('synpunkter: a reply is written and sent without JavaScript, having been shown as it leaves', () =>
      this.with('hsnskribent', this.asked, async (page) => {
        await page.getByLabel('Era synpunkter').fill('Vi föreslår en pilot.');
        await this.press(page, 'Spara och gå vidare');
        const text = await page.locator('main').innerText();
        must(/sparat, inte skickat/.test(text) && text.includes('Vi föreslår en pilot.') && /Svaret går bara till Timrå kommun/.test(text), text);
        this.reply = new URL(page.url()).pathname;
        await check('synpunkter: a reply goes to nobody else, whatever a form says', async () => {
          const { form } = await this.hsnskribent.open(this.reply.slice(8));
          const send = (changed) => this.hsnskribent.send(this.reply.slice(8), { ...form, beslut: 'dela', ...changed });
          await mustSayWhy(await send({ krets: 'public' }), 422, 'space.public');
          await mustSayWhy(await send({ syfte: 'for-decision' }), 422, 'space.purpose');
          must(!(await this.hsnskribent.get(this.asked)).text.includes('Vi föreslår'), 'it was sent');
        });
        await this.press(page, 'Skicka svaret');
        must((await page.getByRole('status').textContent()).startsWith('Svaret är skickat.'), 'it does not say so');
      }),
    );
    await check('synpunkter: it comes to whoever asked', async () => {
      const shown = await this.until('the reply', async () => {
        const found = await this.timra.client('comment', 'show', sent.copies[0].document_id);
        return found.replies_received.length > 0 && found;
      });
      must(shown.replies_received[0].text === 'Vi föreslår en pilot.' && shown.replies_received[0].authority === 'hsn', JSON.stringify(shown));
    });
  }

  async looks() {
    const axe = await axeSource();
    const states = { list: ['rsskribent', '/synpunkter'], empty: ['rsslappare', '/synpunkter'], sent: ['rsskribent', this.sent], asked: ['hsnskribent', this.asked],
      replies: ['registrator', this.sent], form: ['rsskribent', `/utkast/${this.copy}`], reply: ['hsnskribent', this.reply] };
    const { PICTURES: pictures } = process.env;
    for (const [name, [login, at]] of Object.entries(states)) {
      for (const language of ['sv', 'en']) {
        await check(`synpunkter looks: ${name}, ${language}, on screen and in print`, async () => {
          const { context, page } = await enterIn(this.browser, this.site, login, '/synpunkter', { bypassCSP: true });
          try {
            const answer = await page.goto(`${this.site.base}${at}${language === 'en' ? '?sprak=en' : ''}`);
            await page.locator('details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
            await mustPrintWell(page, axe);
            await mustLookWell(page, axe, { html: await answer.text(), pictures: pictures && join(pictures, `synpunkter-${name}-${language}`) });
          } finally {
            await context.close();
          }
        });
      }
    }
  }
}
