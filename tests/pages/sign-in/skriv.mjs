// Writing (skriv): a coordinator founds a draft of each kind, fills in forms, mends what is wrong, and shares it. Readers and
// other boards are turned away, and two who have the same page open lose no word.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Site, check, must, provide, settings, startNode, stopNode, unloggable } from './harness.mjs';
import { words } from './html.mjs';
import { axeSource, enterIn, mustLookWell, mustPrintWell } from './looks.mjs';
import { freePort } from './node.mjs';
import { Desk, MARK } from './utkast/desk.mjs';

const RULES = { rs: '[release]\nmode = "automatic"\n', hsn: '[release]\nmode = "automatic"\n' };
const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Samordnare.RS', role: 'coordinator', authority: 'rs' },
  { value: 'Samsyn.Frislappare.RS', role: 'releaser', authority: 'rs' },
  { value: 'Samsyn.Samordnare.HSN', role: 'coordinator', authority: 'hsn' },
];
const LOGINS = ['rsskribent', 'rsslappare', 'hsnskribent', 'lasare'];

export async function skriv({ browser, place }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  await mkdir(join(place.directory, 'rules-skriv'), { recursive: true });
  for (const [authority, rules] of Object.entries(RULES)) await writeFile(join(place.directory, 'rules-skriv', `${authority}.toml`), rules);
  const site = new Site({ base, cookie: 'samsyn', provider });
  const text = `${settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES)}\n[rules]\ndirectory = "rules-skriv"\n`;
  site.node = await startNode(place, 'sign-in-skriv', text, base);
  await new Writing(site, browser).all();
  await stopNode(site.node);
  await provider.down();
}

class Writing {
  constructor(site, browser) {
    Object.assign(this, { site, browser, title: `Skrivet på sidan ${MARK}` });
    unloggable.add(this.title);
  }

  async all() {
    this.nobody = new Desk(this.site, this.site.visitor());
    for (const login of LOGINS) this[login] = new Desk(this.site, await this.site.enter(login));
    await this.founds();
    await this.mends();
    await this.keeps();
    await this.turnsAway();
    await this.adopts();
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

  press(page, name, within = page) {
    return Promise.all([page.waitForNavigation(), within.getByRole('button', { name, exact: true }).first().click()]);
  }

  async founds() {
    await check('skriv: from Utkast a new draft is begun, filled in and saved, without JavaScript', () =>
      this.with('rsskribent', '/utkast', async (page) => {
        await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: 'Skriv något nytt' }).click()]);
        await page.getByLabel('Vad').selectOption({ label: 'Utvecklingsarbete' });
        await this.press(page, 'Börja skriva');
        this.copy = new URL(page.url()).pathname.split('/').pop();
        await page.getByLabel('Titel').fill(this.title);
        await page.getByLabel('Beskrivning', { exact: true }).fill('Rad ett.\n\nRad två.');
        await page.getByLabel('Skede').selectOption({ label: 'Pågående' });
        await page.getByLabel('Timrå kommun').check();
        await page.getByLabel('Start').fill('HT 2025');
        await this.press(page, 'Spara i utkastet');
        must((await page.getByRole('status').textContent()).startsWith('Sparat i utkastet.'), 'it does not say that it is saved');
        must((await page.getByLabel('Start').inputValue()) === 'HT 2025', 'the date is not there');
        must((await page.getByLabel('Beskrivning', { exact: true }).inputValue()) === 'Rad ett.\n\nRad två.', 'the text is another');
      }),
    );
    await check('skriv: what was saved is what the command line reads, and is shared nowhere', async () => {
      const work = await this.site.node.client('work', 'show', this.copy);
      const value = (path) => work.facts.find((fact) => fact.path === path)?.value?.value;
      must(value('/facts/title') === this.title && value('/facts/stage') === 'stage:ongoing', () => JSON.stringify(work.facts));
      must(JSON.stringify(value('/facts/partners')) === '["org:timra"]', () => JSON.stringify(value('/facts/partners')));
      must(!(await this.nobody.visitor.get(`${this.site.base}/portfolj`)).text.includes(this.title), 'it is in the portfolio');
    });
    await check('skriv: an unchanged form changes nothing', () =>
      this.with('rsskribent', `/skriv/${this.copy}`, async (page) => {
        await this.press(page, 'Spara i utkastet');
        must((await page.getByRole('status').textContent()) === 'Inget ändrades.', 'something changed');
      }),
    );
    await check('skriv: an item is added to a list, changed and taken away', () =>
      this.with('rsskribent', `/skriv/${this.copy}`, async (page) => {
        const part = page.locator('section', { has: page.getByRole('heading', { name: 'Lägesrapporter', exact: true }) });
        await part.getByText('Lägg till: lägesrapport').click();
        const form = part.locator('form').last();
        await form.getByLabel('Datum').fill('2026-03-31');
        await form.getByLabel('Tid').selectOption({ label: 'Grön' });
        await this.press(page, 'Spara i utkastet', form);
        must((await part.locator('details').count()) === 2, 'the report is not in the list');
        await part.locator('summary').first().click();
        await this.press(page, 'Ta bort', part.locator('details').first());
        must((await page.getByRole('status').textContent()).startsWith('Borttaget'), 'it does not say so');
        must((await part.locator('details').count()) === 1, 'the report is still there');
      }),
    );
  }

  async mends() {
    await check('skriv: what is wrong is told beside its field, what was typed stays, and nothing is saved', () =>
      this.with('rsskribent', `/skriv/${this.copy}`, async (page) => {
        await page.getByLabel('Titel').fill('En annan titel');
        await page.getByLabel('Start').fill('i höst');
        await this.press(page, 'Spara i utkastet');
        must((await page.getByRole('alert').textContent()).includes('Inget är sparat.'), 'no alert');
        must((await page.getByLabel('Titel').inputValue()) === 'En annan titel', 'what was typed is gone');
        must((await page.getByLabel('Start').getAttribute('aria-invalid')) === 'true', 'the field is not marked');
        const told = await page.locator(`#${await page.getByLabel('Start').getAttribute('aria-describedby')}`).textContent();
        must(told.includes("'i höst' är inget datum."), () => told);
        const work = await this.site.node.client('work', 'show', this.copy);
        must(work.facts.some((fact) => fact.value?.value === this.title), 'something was saved');
        await page.getByLabel('Start').fill('2025-Q4');
        await this.press(page, 'Spara i utkastet');
        await page.getByLabel('Titel').fill(this.title);
        await this.press(page, 'Spara i utkastet');
      }),
    );
  }

  async keeps() {
    await check('skriv: two who have the same page open keep both their words', () =>
      this.with('rsskribent', `/skriv/${this.copy}`, async (first) => {
        await this.with('rsskribent', `/skriv/${this.copy}`, async (second) => {
          await first.getByLabel('Beskrivning', { exact: true }).fill('Rad ett, av den första.\n\nRad två.');
          await second.getByLabel('Beskrivning', { exact: true }).fill('Rad ett.\n\nRad två.\n\nRad tre, av den andra.');
          await second.getByLabel('Slut').fill('2027');
          await this.press(first, 'Spara i utkastet');
          await this.press(second, 'Spara i utkastet');
          const text = await second.getByLabel('Beskrivning', { exact: true }).inputValue();
          must(text === 'Rad ett, av den första.\n\nRad två.\n\nRad tre, av den andra.', () => text);
        });
      }),
    );
    await check('skriv: the draft is shared from Utkast', () =>
      this.with('rsskribent', `/skriv/${this.copy}`, async (page) => {
        await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: 'Visa utkastet och dela det' }).click()]);
        await this.press(page, 'Dela med länet');
        must((await page.getByRole('status').textContent()) === 'Delat med länet.', 'it is not shared');
      }),
    );
  }

  async turnsAway() {
    await check('skriv: a reader, another board and anybody are turned away, and a forged form saves nothing', async () => {
      for (const desk of [this.hsnskribent, this.lasare, this.nobody]) {
        const answer = await desk.visitor.get(`${this.site.base}/skriv/${this.copy}`);
        must([403, 404].includes(answer.status) && !answer.text.includes(this.title), () => `${answer.status}`);
      }
      const { text } = await this.rsslappare.visitor.get(`${this.site.base}/skriv/${this.copy}`);
      must(words(text).includes('Bara myndighetens samordnare skriver här.') && !text.includes('name="lage"'), 'a releaser writes');
      const fields = { skydd: 'förfalskat', grupp: '0', plats: '/facts', lage: 'x', 'v-title': 'Stulen titel', gor: 'spara' };
      const forged = await this.rsskribent.visitor.post(`${this.site.base}/skriv/${this.copy}`, fields);
      must(forged.status === 403, () => `${forged.status}`);
    });
    await check('skriv: a form that names another part, or an old page, is refused with a reason', async () => {
      const { text } = await this.rsskribent.visitor.get(`${this.site.base}/skriv/${this.copy}`);
      const guard = text.match(/name="skydd" value="([^"]*)"/)[1];
      for (const [plats, lage, code] of [['/parties/timra', '', 'input.path'], ['/facts', '00', 'input.conflict'], ['/facts/../x', '', 'input.path']]) {
        const fields = { skydd: guard, grupp: '0', plats, lage, 'v-title': 'Fel titel', gor: 'spara' };
        const answer = await this.rsskribent.visitor.post(`${this.site.base}/skriv/${this.copy}`, fields);
        must(answer.status >= 400 && answer.text.includes(code), () => `${plats}: ${answer.status} ${words(answer.text)}`);
      }
    });
  }

  async adopts() {
    await check("skriv: of another party's work a draft is begun, with what this party may write alone", async () => {
      const { works } = await this.site.node.client('work', 'list');
      const other = works.find((work) => work.owner !== 'rvn').document_id;
      await this.with('rsskribent', `/arbete/${other}`, async (page) => {
        await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: 'Ändra i ett utkast' }).click()]);
        await this.press(page, 'Börja ett utkast');
        must((await page.getByLabel('Titel').count()) === 0, 'the owner’s title can be written');
        this.other = new URL(page.url()).pathname;
      });
    });
  }

  async looks() {
    const pictures = process.env.PICTURES;
    const axe = await axeSource();
    for (const [name, at] of [['new', '/skriv'], ['sheet', `/skriv/${this.copy}`], ['sheet-en', `/skriv/${this.copy}?sprak=en`], ['other', this.other]]) {
      await check(`skriv: the page (${name}) passes axe in every mode, fits 320 pixels and is valid HTML`, async () => {
        const { context, page } = await enterIn(this.browser, this.site, 'rsskribent', at, { bypassCSP: true });
        try {
          const answer = await page.goto(this.site.base + at);
          await mustLookWell(page, axe, { html: await answer.text(), pictures: pictures && join(pictures, `skriv-${name}`) });
          await mustPrintWell(page, axe);
        } finally {
          await context.close();
        }
      });
    }
  }
}
