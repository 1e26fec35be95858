// Decisions (beslut), as the secretary's coordinator proposes, votes, writes the minutes and states what the own board has
// decided, all without JavaScript; and what is refused with a page that says why.

import { Site, brief, check, must, provide, settings, startNode, stopNode } from './harness.mjs';
import { mustSayWhy, words } from './html.mjs';
import { axeSource, enterIn, mustLookWell, mustPrintWell } from './looks.mjs';
import { freePort } from './node.mjs';
import { Desk, MARK } from './utkast/desk.mjs';

const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Samordnare.RS', role: 'coordinator', authority: 'rs' },
  { value: 'Samsyn.Samordnare.HSN', role: 'coordinator', authority: 'hsn' },
];
const LOGINS = ['rsskribent', 'hsnskribent', 'lasare'];
const TEXT = 'Länet arbetar för en nära vård.';
const TITLE = `Målbild <b>${MARK}</b>`;

export async function beslut({ browser, place }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  const site = new Site({ base, cookie: 'samsyn', provider });
  site.node = await startNode(place, 'sign-in-beslut', settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES), base);
  await new Deciding(site, browser).all();
  await stopNode(site.node);
  await provider.down();
}

class Deciding {
  constructor(site, browser) {
    Object.assign(this, { site, browser });
  }

  async all() {
    this.nobody = new Desk(this.site, this.site.visitor());
    for (const login of LOGINS) this[login] = new Desk(this.site, await this.site.enter(login));
    await this.isForThoseWhoWrite();
    await this.proposes();
    await this.votes();
    await this.writesMinutes();
    await this.ratifies();
    await this.isRefused();
    await this.looks();
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

  // From the page of the draft that it became: shares it.
  async share(page) {
    must(/\/utkast\/[0-9a-f]+/.test(page.url()), page.url());
    await this.press(page, 'Dela med länet');
    must((await page.getByRole('status').textContent()).includes('Delat'), 'it does not say that it is shared');
  }

  async says(...what) {
    const { text } = await this.rsskribent.get(this.at);
    for (const said of what) must(words(text).includes(said), () => `'${said}' is not in ${words(text)}`);
    return text;
  }

  send(fields, desk = this.rsskribent) {
    return desk.guard().then((skydd) => desk.visitor.post(this.site.base + this.at, Object.entries({ skydd, ...fields })));
  }

  async isForThoseWhoWrite() {
    await check('beslut: nobody but those who write sees a form', async () => {
      for (const desk of [this.nobody, this.lasare]) await mustSayWhy(await desk.visitor.get(`${this.site.base}/beslut/nytt`), 403, 'role.forbidden');
      const { text } = await this.lasare.get('/beslut');
      must(!text.includes('/beslut/nytt'), 'there is a link');
    });
  }

  async proposes() {
    await check('beslut: a proposal is written, and founded once it is shared', () =>
      this.with('rsskribent', '/beslut/nytt', async (page) => {
        await page.getByLabel('Rubrik').fill(TITLE);
        await page.getByLabel('Organ', { exact: true }).selectOption('hogsta-tjansteledning');
        await page.getByLabel('Förslagets text').fill(TEXT);
        await this.press(page, 'Spara och gå vidare');
        await this.share(page);
        const list = await this.rsskribent.get('/beslut?organ=hogsta-tjansteledning');
        const links = [...list.text.matchAll(/<a href="(\/beslut\/[0-9a-f]{64})">([^<]*)</g)];
        this.at = links.find(([, , title]) => title.includes(MARK))?.[1];
        must(this.at, list.text);
      }),
    );
    await check('beslut: its page escapes what was written, and says what a position is', async () => {
      const text = await this.says('ställningstagande', 'inte avgjort', 'Protokollet säger inte hur det gick till', TEXT);
      must(!text.includes(`<b>${MARK}`), 'the title is not escaped');
    });
  }

  async votes() {
    await check('beslut: the own seat votes, once', () =>
      this.with('rsskribent', this.at, async (page) => {
        await page.getByLabel('ja', { exact: true }).first().check();
        await this.press(page, 'Spara rösten');
        await this.share(page);
      }),
    );
    await check('beslut: a second vote, and one for another seat, are refused with a page that says why', async () => {
      await mustSayWhy(await this.send({ akt: 'rosta', plats: 'rvn', rost: 'no' }), 422, 'decision.voted');
      await mustSayWhy(await this.send({ akt: 'rosta', plats: 'timra', rost: 'no' }), 422, 'decision.no_seat');
    });
  }

  async writesMinutes() {
    await check('beslut: minutes count the vote, and the outcome says why it is as it is', async () => {
      await this.with('rsskribent', this.at, async (page) => {
        const form = page.locator('form', { has: page.getByText('Skriv protokollet') });
        await form.getByLabel('Mötesdag, som 2025-01-24').fill('2025-01-24');
        await form.getByLabel('Beslutat genom').selectOption('vote');
        await form.getByLabel('Rösten räknas: rvn').check();
        for (const seat of ['ange', 'rvn', 'timra', 'sundsvall', 'kramfors']) await form.getByLabel(`Närvarande: ${seat}`).check();
        await this.press(page, 'Spara protokollet');
        await this.share(page);
      });
      await this.says('antaget', 'Beslutfört: 5 av 8 platser', 'Ingen sade nej: 1 av 5', 'Protokollet är inte justerat än');
    });
    await check('beslut: after the minutes nobody votes, and nothing has happened tomorrow', async () => {
      await mustSayWhy(await this.send({ akt: 'rosta', plats: 'rvn', rost: 'aterta' }), 422, 'decision.minuted');
      await mustSayWhy(await this.send({ akt: 'protokoll', justerat: '2999-01-01' }), 422, 'decision.future');
      await mustSayWhy(await this.send({ akt: 'protokoll', narvarande: 'gast' }), 422, 'decision.no_seat');
    });
  }

  async ratifies() {
    await check('beslut: the own board states its decision, with number and the text that was decided', async () => {
      await this.with('rsskribent', this.at, async (page) => {
        const form = page.locator('form', { has: page.getByText('Ange vad er egen nämnd') });
        await form.getByLabel('Läge').selectOption('adopted-with-amendment');
        await form.getByLabel('Beslutets dag, eller den planerade').fill('2025-03-04');
        await form.getByLabel('Ert diarienummer').fill('25RS77');
        await form.getByLabel('Anslaget den').fill('2025-03-06');
        await form.getByLabel('Tillägg eller ändring').fill('Följs upp varje år.');
        await this.press(page, 'Spara uppgiften');
        await this.share(page);
      });
      await this.says('1 av 8', 'antagen med tillägg', '25RS77', 'överklagas senast 2025-03-27, laga kraft 2025-03-28');
      const list = words((await this.nobody.get('/beslut')).text);
      must(list.includes('25RS77') || !list.includes(MARK), 'the public sees it without its number');
    });
  }

  async isRefused() {
    const adopted = { akt: 'forankra', lage: 'adopted', myndighet: 'rs', steg: 'namnd' };
    await check('beslut: another text, another board, a day ahead and a forged form are refused, and nothing has changed', async () => {
      const before = words(await this.says('25RS77'));
      await mustSayWhy(await this.send({ ...adopted, text: `blake3:${'0'.repeat(64)}` }), 422, 'decision.other_text');
      await mustSayWhy(await this.send({ ...adopted, lage: 'refused', dag: '2999-01-01' }), 422, 'decision.future');
      await mustSayWhy(await this.send({ ...adopted, lage: 'informed' }, this.hsnskribent), 403, 'role.forbidden');
      const forged = await this.rsskribent.visitor.post(this.site.base + this.at, Object.entries({ skydd: 'x', ...adopted }));
      await mustSayWhy(forged, 403, 'sign_in.forged');
      const after = words(await this.says('25RS77'));
      const still = (text) => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '');
      must(still(after) === still(before), `${after}\n${before}`);
    });
  }

  async looks() {
    const axe = await axeSource();
    for (const [name, login, at] of [['new', 'rsskribent', '/beslut/nytt'], ['list', 'rsskribent', '/beslut'], ['decision', 'rsskribent', this.at], ['reader', 'lasare', this.at]]) {
      await check(`beslut looks: ${name}`, async () => {
        const { context, page } = await enterIn(this.browser, this.site, login, at, { bypassCSP: true });
        try {
          const { text: html } = await this[login].get(at);
          await mustLookWell(page, axe, { html, pictures: process.env.PICTURES && `${process.env.PICTURES}/beslut-${name}` });
          await mustPrintWell(page, axe);
        } finally {
          await context.close();
        }
      });
    }
  }
}
