// Drafts (utkast), as those meet them who write and release them, and everybody else: a node with two authorities, of which one
// shares at once and the other wants a releaser's yes.

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditText } from './audit.mjs';
import { worksOf } from './flow.mjs';
import { Site, check, must, provide, settings, startNode, stopNode, unloggable } from './harness.mjs';
import { axeSource, enterIn, mustLookWell, mustPrintWell } from './looks.mjs';
import { freePort } from './node.mjs';
import { answered, asked, changedMeanwhile, excepted, handsOff } from './utkast/asking.mjs';
import { ASSURED, Desk, MARK, OWN_WORD, PERSONAL_NUMBER } from './utkast/desk.mjs';
import { found, notOverruled, overruled } from './utkast/finding.mjs';
import { forms } from './utkast/forging.mjs';
import { looks } from './utkast/looking.mjs';
import { marked } from './utkast/marking.mjs';
import { asItIs, empty, whoSees } from './utkast/seen.mjs';
import { audiences, shared, stale } from './utkast/sharing.mjs';
import { within } from './utkast/within.mjs';

const RULES = {
  rs: `[release]\nmode = "automatic"\n\n[scan]\nwords = ["${OWN_WORD}"]\n`,
  hsn: '[release]\nmode = "approve"\n\n[[release.except]]\npurpose = "jointly-maintained"\nmode = "automatic"\n',
};
const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Samordnare', role: 'coordinator' },
  { value: 'Samsyn.Registrator.RS', role: 'registrar', authority: 'rs' },
  { value: 'Samsyn.Samordnare.RS', role: 'coordinator', authority: 'rs' },
  { value: 'Samsyn.Frislappare.RS', role: 'releaser', authority: 'rs' },
  { value: 'Samsyn.Samordnare.HSN', role: 'coordinator', authority: 'hsn' },
  { value: 'Samsyn.Frislappare.HSN', role: 'releaser', authority: 'hsn' },
];
const LOGINS = ['rsskribent', 'rsslappare', 'hsnskribent', 'hsnlappare', 'hsnbada', 'lasare', 'registrator', 'samordnare'];

export async function utkast({ browser, place }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  await mkdir(join(place.directory, 'rules-utkast'), { recursive: true });
  for (const [authority, rules] of Object.entries(RULES)) await writeFile(join(place.directory, 'rules-utkast', `${authority}.toml`), rules);
  const site = new Site({ base, cookie: 'samsyn', provider });
  const text = `${settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES)}\n[rules]\ndirectory = "rules-utkast"\n`;
  site.node = await startNode(place, 'sign-in-utkast', text, base);
  const drafting = new Drafting(site, browser);
  await drafting.all();
  await stopNode(site.node);
  await drafting.audit();
  await drafting.nobodyIsKept(place.directory);
  await provider.down();
}

class Drafting {
  constructor(site, browser) {
    Object.assign(this, { site, browser });
    unloggable.add(PERSONAL_NUMBER).add(OWN_WORD).add(ASSURED.skal);
  }

  async all() {
    this.nobody = new Desk(this.site, this.site.visitor());
    for (const login of LOGINS) this[login] = new Desk(this.site, await this.site.enter(login));
    await empty(this);
    await whoSees(this);
    await asItIs(this);
    await shared(this);
    await audiences(this);
    await stale(this);
    await asked(this);
    await answered(this);
    await excepted(this);
    await changedMeanwhile(this);
    await handsOff(this);
    await found(this);
    await overruled(this);
    await notOverruled(this);
    await marked(this);
    await within(this);
    await forms(this);
    await looks(this);
  }

  // A new draft, written with the organisation's own client.
  async write(title, { authority = 'rs', ...fields } = {}) {
    unloggable.add(`${title} ${MARK}`);
    const flags = Object.entries(fields).flatMap(([name, value]) => [value].flat().flatMap((one) => [`--${name}`, one]));
    const { working_copy_id: copy } = await this.site.node.client('work', 'new', '--title', `${title} ${MARK}`, '--authority', authority, ...flags);
    return copy;
  }

  edit(copy, ...flags) {
    return this.site.node.client('work', 'edit', copy, ...flags);
  }

  // What is shared of all works, and what a draft would add to it.
  async standing(copy) {
    const { changes } = await this.samordnare.open(copy);
    const { total } = await worksOf(this.site, this.lasare.visitor);
    return JSON.stringify([total, changes.map(({ label, before, after }) => [label, before, after])]);
  }

  async mustShareNothing(copy, work) {
    const before = await this.standing(copy);
    await work();
    const after = await this.standing(copy);
    must(after === before, () => `before: ${before}\nafter: ${after}`);
  }

  async with(login, at, work, options) {
    const { context, page } = await enterIn(this.browser, this.site, login, at, options);
    try {
      await work(page);
    } finally {
      await context.close();
    }
  }

  async click(page, name) {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()]);
  }

  async mustSay(page, done) {
    const said = (await page.getByRole('status').allTextContents()).join();
    must(said.startsWith(done), `it says '${said}'`);
  }

  // A page in both languages. What it is called is the name of its pictures too.
  async look(name, login, at) {
    this.axe ??= await axeSource();
    const { PICTURES: pictures } = process.env;
    if (pictures) await mkdir(pictures, { recursive: true });
    await this.with(login, '/utkast', async (page) => {
      for (const language of ['sv', 'en']) {
        await check(`utkast looks: ${name}, ${language}, on screen and in print`, async () => {
          const answer = await page.goto(`${this.site.base}${at}${language === 'en' ? `${at.includes('?') ? '&' : '?'}sprak=en` : ''}`);
          must((await page.locator('html').getAttribute('lang')) === language, 'in another language');
          await mustPrintWell(page, this.axe);
          await mustLookWell(page, this.axe, { html: await answer.text(), pictures: pictures && join(pictures, `utkast-${name}-${language}`) });
        });
      }
    }, { bypassCSP: true });
  }

  async audit() {
    await check('utkast: the audit log has who asked, shared, refused and overruled, and why; but nothing of what stands there', async () => {
      const text = await auditText(this.site.node);
      const lines = text.trim().split('\n').map((line) => JSON.parse(line));
      const acts = (subject) => new Set(lines.filter(({ person }) => person?.subject === `entra-sub-${subject}-qXk2`).map(({ act }) => act));
      for (const [login, act] of [['rsskribent', 'release'], ['rsslappare', 'overruled'], ['hsnskribent', 'release_asked'], ['hsnlappare', 'release_refused'], ['hsnlappare', 'release']]) {
        must(acts(login).has(act), () => `${login}: ${[...acts(login)]}`);
      }
      const line = lines.find(({ act, about }) => act === 'overruled' && about.working_copy === this.secret);
      must(line?.found.join() === '/facts/summary secrecy.personal_number' && line.reason === ASSURED.skal && line.about.authority === 'rs', JSON.stringify(line));
      for (const word of [PERSONAL_NUMBER, OWN_WORD, 'gmail.com', 'Hemgång utan glapp', 'hos leverantören, ändrat']) must(!text.includes(word), `'${word}' is in it`);
      const { code, said } = await this.site.node.command('audit', 'verify');
      must(code === 0, `${code}: ${said}`);
      const exported = await this.site.node.command('audit', 'export');
      must(exported.code === 0 && exported.said.includes('"overruled"'), () => exported.said.slice(0, 300));
    });
  }

  async nobodyIsKept(directory) {
    await check("utkast: who it was is not in the node's database", async () => {
      const people = LOGINS.map((login) => this.site.provider.people.get(login)).flatMap(({ sub, name }) => [sub, name]);
      const files = (await readdir(directory)).filter((file) => file.startsWith('node.db'));
      must(files.length > 0, 'there is no database');
      for (const file of files) {
        const bytes = await readFile(join(directory, file));
        must(bytes.includes(ASSURED.skal) || file !== 'node.db', 'it does not have the reason either: somewhere else?');
        const found = people.filter((word) => bytes.includes(word));
        must(found.length === 0, `${file}: ${found}`);
      }
    });
  }
}
