// The registers (diarium), as their registrars and everybody else meet them: a node with a series of its own and a registrar
// for one of its two authorities, and a second party's node whose releases come in.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { auditText } from './audit.mjs';
import { Site, brief, check, guardOf, must, pause, provide, settings, startNode, stopNode, unloggable } from './harness.mjs';
import { decoded, mustBeValid, mustSayWhy, words } from './html.mjs';
import { axeSource, enterIn, mustLookWell, mustPrintWell } from './looks.mjs';
import { freePort } from './node.mjs';

const OWN = 'Regionstyrelsen'; // `rs`, whose register it is
const OTHER = 'Hälso- och sjukvårdsnämnden'; // `hsn`
const SENDER = 'Timrå kommun';
const RULES = `[register]
numbers = "series"
pattern = "{series} {yyyy}/{n}"
series = "RS"

[[register.rule]]
state = "to-register"
kind = "work"
direction = "received"
`;
const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Samordnare', role: 'coordinator' },
  { value: 'Samsyn.Registrator.RS', role: 'registrar', authority: 'rs' },
  { value: 'Samsyn.Registrator.HSN', role: 'registrar', authority: 'hsn' },
];
const ARRIVAL_MS = 50_000;
const STOPS_MAX = 400; // of the Tab key
const BYTE_ORDER_MARK = '\uFEFF';

// The rows of a list. Only in the list of a registrar do they have an id and a link.
function rowsOf(html) {
  const body = html.match(/<tbody>([^]*?)<\/tbody>/)?.[1] ?? '';
  return [...body.matchAll(/<tr>([^]*?)<\/tr>/g)].map(([, row]) => ({
    id: row.match(/name="post" value="(\d+)"/)?.[1],
    link: row.match(/href="([^"]+)"/)?.[1],
    title: words(row.match(/<a [^>]*>([^]*?)<\/a>/)?.[1] ?? ''),
    cells: [...row.matchAll(/<t[dh][^>]*>([^]*?)<\/t[dh]>/g)].map(([, cell]) => words(cell)),
  }));
}

// As a spreadsheet reads it.
function cellsOf(text) {
  const rows = [[]];
  let [cell, quoted] = ['', false];
  for (let at = 0; at < text.length; at += 1) {
    const c = text[at];
    if (quoted && c === '"' && text[at + 1] === '"') at += 1, (cell += '"');
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === ';') rows.at(-1).push(cell), (cell = '');
    else if (!quoted && c === '\n') rows.at(-1).push(cell.replace(/\r$/, '')), rows.push([]), (cell = '');
    else cell += c;
  }
  return rows.filter((row) => row.length > 0);
}

class Sender {
  constructor(node) {
    this.node = node;
    this.copies = new Map();
  }

  async publish(title, audience = 'parterna') {
    const { working_copy_id: copy } = await this.node.client('work', 'new', '--title', title, '--stage', 'pågående');
    await this.node.client('work', 'publish', copy, '--audience', audience, '--yes');
    this.copies.set(title, copy);
  }

  async publishAgain(title, newTitle, audience = 'parterna') {
    const copy = this.copies.get(title);
    await this.node.client('work', 'edit', copy, '--title', newTitle);
    await this.node.client('work', 'publish', copy, '--audience', audience, '--yes');
  }
}

// The pages, as one visitor gets them.
class Register {
  constructor(site, visitor) {
    Object.assign(this, { site, visitor });
  }

  async get(path, status = 200) {
    const answer = await this.visitor.get(this.site.base + path);
    must(answer.status === status, () => `${path}: ${brief(answer)}`);
    return answer;
  }

  async rows(query = 'lage=vantar') {
    return rowsOf((await this.get(`/diarium?${query}`)).text);
  }

  async row(title, query) {
    const found = (await this.rows(query)).filter((row) => row.title === title);
    must(found.length === 1, () => `${found.length} rows with '${title}'`);
    return found[0];
  }

  async guard() {
    return guardOf((await this.get('/')).text);
  }

  post(fields, options) {
    return this.visitor.post(`${this.site.base}/diarium`, fields, options);
  }

  // Everything that is said of the register, but not when that was asked.
  async everything() {
    return (await this.get('/diarium/utdrag.csv?lage=alla')).text;
  }

  async arrives(...titles) {
    const there = async () => (await this.rows('lage=alla')).map((row) => row.title);
    await within(async () => ((all) => titles.every((title) => all.includes(title)))(await there()), `not all has come: ${titles}`);
  }
}

async function within(holds, why) {
  const until = Date.now() + ARRIVAL_MS;
  while (!(await holds())) {
    must(Date.now() < until, `after ${ARRIVAL_MS} ms: ${why}`);
    await pause(250);
  }
}

async function mustChangeNothing(register, work) {
  const before = await register.everything();
  await work();
  const after = await register.everything();
  must(after === before, () => `before: ${before}\nafter: ${after}`);
}

export async function diarium({ browser, place }) {
  const [port, senderPort] = [await freePort(), await freePort()];
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  await mkdir(join(place.directory, 'rules-diarium'), { recursive: true });
  await writeFile(join(place.directory, 'rules-diarium', 'rs.toml'), RULES);
  const site = new Site({ base, cookie: 'samsyn', provider });
  const text = `${settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES)}\n[rules]\ndirectory = "rules-diarium"\n`;
  site.node = await startNode(place, 'sign-in-diarium', text, base);
  const elsewhere = { ...place, directory: join(dirname(place.directory), 'timra') };
  const node = await startNode(elsewhere, 'sign-in-diarium', `[web]\nlisten = "127.0.0.1:${senderPort}"\n`, `http://127.0.0.1:${senderPort}`);
  const register = new Register(site, await site.enter('registrator'));
  const at = new Registering(site, browser, register, new Sender(node));
  await at.all();
  await stopNode(node);
  await stopNode(site.node);
  await at.audit();
  await provider.down();
}

class Registering {
  constructor(site, browser, register, sender) {
    Object.assign(this, { site, browser, register, sender });
    const mark = `${process.pid}`;
    this.titles = {
      first: `Trygg hemgång ${mark}`,
      open: `Gemensam vårdplan ${mark}`,
      later: `Trygg och säker hemgång ${mark}`,
      hidden: `Natten på Solgården ${mark}`,
      minor: `Julhälsning ${mark}`,
      keys: `Färdtjänst över gränsen ${mark}`,
      markup: `<script>window.elak=1</script><b>"citat"</b> 'x' & ${mark}`,
      sum: `=1+1;"A1" ${mark}`,
    };
    this.words = { protected: `Skyddsordet Vitsippan ${mark}`, sought: `SoktOrdAvNagon${mark}` };
    unloggable.add(this.words.protected).add(this.words.sought).add(this.titles.hidden);
  }

  async all() {
    await this.comesIn();
    await this.opensSeries();
    await this.newCase();
    await this.existingCase();
    await this.several();
    await this.minor();
    await this.hidden();
    await this.corrected();
    await this.markup();
    await this.keyboard();
    await this.earlier();
    await this.refusals();
    await this.walls();
    await this.forged();
    await this.searched();
    await this.extracts();
    await this.public();
    await this.looks();
  }

  // A browser in which somebody has signed in, at a page of the register.
  in(login, at = '/diarium', options) {
    return enterIn(this.browser, this.site, login, at, options);
  }

  async with(login, at, work, options) {
    const { context, page } = await this.in(login, at, options);
    try {
      await work(page);
    } finally {
      await context.close();
    }
  }

  boxOf(page, title) {
    return page.getByRole('row').filter({ has: page.getByRole('link', { name: title, exact: true }) }).getByRole('checkbox');
  }

  async save(page) {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Spara beslutet' }).click()]);
  }

  async mustBeDone(page, number) {
    const status = page.getByRole('status');
    const said = await status.textContent();
    const listed = await status.getByRole('listitem').count();
    must(said.startsWith('Sparat.') && (number === 1 ? listed === 0 : listed === number), `it says '${said}'`);
  }

  async nextNumber() {
    const { text } = await this.register.get('/diarium?lage=ordnade'); // an empty queue has no form
    return text.match(/Registrera i ett nytt ärende: (RS \d{4}\/\d+)/)?.[1];
  }

  // ---- in the browser, as a registrar does it --------------------------------------------------------------------------

  async comesIn() {
    const { register, titles } = this;
    await check('diarium: what another party releases is in the queue, with its date, whence it comes and its state', async () => {
      await this.sender.publish(titles.first);
      await this.sender.publish(titles.open, 'allmänheten');
      await register.arrives(titles.first, titles.open);
      const { cells } = await register.row(titles.first);
      const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Stockholm' });
      must(cells[1] === today, `dated ${cells[1]}, today is ${today}`);
      must(cells[3] === `Inkommet ${SENDER}` && cells[4] === 'Ska registreras' && cells[5] === '', cells.join(' | '));
    });
    await check('diarium: the menu leads a registrar to the queue, and everybody else to the public register', async () => {
      await this.with('registrator', '/', async (page) => {
        await page.getByRole('link', { name: 'Diarium', exact: true }).click();
        must(new URL(page.url()).pathname === '/diarium', page.url());
        await page.getByRole('heading', { name: `Diarium: ${OWN}` }).waitFor();
        must((await page.getByRole('navigation', { name: 'Huvudmeny' }).locator('[aria-current=page]').textContent()) === 'Diarium', 'not marked');
        must((await page.getByLabel('Myndighet', { exact: true }).count()) === 0, 'others are to be chosen too');
      });
      for (const visitor of [this.site.visitor(), await this.site.enter('lasare')]) {
        const { text } = await visitor.get(`${this.site.base}/`);
        must(text.includes('href="/diarium/offentligt"') && !text.includes('href="/diarium"'), 'the menu does not');
      }
    });
  }

  async opensSeries() {
    const { register, titles } = this;
    const confirm = 'Bekräfta och öppna serien';
    await check('diarium: a series gives no number before somebody has said which was the last', async () => {
      must((await this.nextNumber()) === undefined, 'a number is promised');
      const { id } = await register.row(titles.first);
      await mustChangeNothing(register, async () => {
        const answer = await register.post({ skydd: await register.guard(), till: '/diarium', myndighet: 'rs', post: id, beslut: 'nasta' });
        await mustSayWhy(answer, 409, 'register.series_closed', 'Nummerserien är stängd');
      });
    });
    await check('diarium: the registrar opens the series on the page', async () => {
      await this.with('registrator', '/diarium', async (page) => {
        await page.getByLabel('Senaste numret').fill('0');
        await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: confirm }).click()]);
        must((await page.getByRole('button', { name: confirm }).count()) === 0, 'it is closed still');
      });
      must(/^RS \d{4}\/1$/.test(await this.nextNumber()), `the next is ${await this.nextNumber()}`);
    });
  }

  async newCase() {
    const { register, titles } = this;
    await check('diarium: two items are registered in a new case, with the next number; the older is the first document', async () => {
      this.number = await this.nextNumber();
      must(this.number, 'no next number is shown');
      await this.with('registrator', '/diarium', async (page) => {
        await this.boxOf(page, titles.first).check();
        await this.boxOf(page, titles.open).check();
        await page.getByLabel(`Registrera i ett nytt ärende: ${this.number}`).check();
        await this.save(page);
        await this.mustBeDone(page, 2);
        this.said = await page.getByRole('status').textContent();
        must((await this.boxOf(page, titles.first).count()) === 0, 'it waits still');
        await page.getByLabel('Läge').selectOption('registrerade');
        await page.getByRole('button', { name: 'Visa' }).click();
        for (const number of [1, 2]) await page.getByRole('cell', { name: `${this.number}-${number}`, exact: true }).waitFor();
        must((await page.getByRole('status').count()) === 0, 'what was done a while ago is said again');
      });
      const registered = await register.rows('lage=registrerade');
      const numbers = registered.map((row) => [row.cells[5], row.title]).filter(([number]) => number.startsWith(`${this.number}-`)).sort();
      must(numbers[0][1] === titles.first && numbers[1][1] === `Utvecklingsarbete: ${titles.open}`, JSON.stringify(numbers));
    });
    await check('diarium: the status message says which numbers were given', () => {
      for (const n of [1, 2]) must(this.said?.includes(`${this.number}-${n}`), `it says '${this.said}'`);
    });
    await check('diarium: the series goes on with the next number', async () => {
      const [last, next] = [this.number, await this.nextNumber()].map((number) => Number(number?.split('/')[1]));
      must(next === last + 1, `${last}, then ${next}`);
    });
    await check('diarium: the numbers are told to the party that the documents come from', async () => {
      const show = async () => JSON.stringify(await this.sender.node.client('work', 'show', this.sender.copies.get(titles.first)));
      await within(async () => (await show()).includes(`${this.number}-1`), 'it does not show them');
    });
  }

  async existingCase() {
    const { register, titles } = this;
    await check("diarium: a later version is registered in the document's case, which is proposed, with the next number", async () => {
      await this.sender.publishAgain(titles.first, titles.later);
      await register.arrives(titles.later);
      // Of what is shown all is in one case: the county's decisions wait here too.
      await this.with('registrator', `/diarium?sok=${encodeURIComponent(titles.later)}`, async (page) => {
        const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: titles.later, exact: true }) });
        must((await row.textContent()).includes(`Förslag: ${this.number}-3`), await row.textContent());
        await row.getByRole('checkbox').check();
        await page.getByLabel('Registrera med ett nummer som finns').check();
        must((await page.getByLabel('Ärendets nummer').inputValue()) === this.number, 'the number is not filled in');
        await page.getByLabel('Klass enligt planen').fill('2.4.1');
        await this.save(page);
        await this.mustBeDone(page, 1);
      });
      const row = (await register.rows('lage=registrerade')).find(({ cells }) => cells[5] === `${this.number}-3`);
      must(row?.title === titles.later, JSON.stringify(row));
    });
  }

  async several() {
    const { register, titles } = this;
    await check('diarium: of several versions that wait each is proposed a number of its own', async () => {
      for (const n of [1, 2]) await this.sender.publishAgain(titles.first, `${titles.later}, version ${n}`);
      const waiting = async () => (await register.rows()).filter(({ cells }) => cells[5].includes(`${this.number}-`));
      await within(async () => (await waiting()).length === 2, 'two versions do not wait');
      const rows = await waiting();
      const answer = await register.post([...Object.entries({ skydd: await register.guard(), myndighet: 'rs', beslut: 'ordna' }), ...rows.map(({ id }) => ['post', id])]);
      must(answer.status === 303 && /klart=\d+,\d+$/.test(answer.to), () => brief(answer));
      const proposed = rows.map(({ cells }) => cells[5]);
      must(new Set(proposed).size === 2, `both are proposed: ${proposed}`);
    });
  }

  async minor() {
    const { register, titles } = this;
    await check('diarium: of minor importance without a reason is a clear Swedish page, and nothing has changed', async () => {
      await this.sender.publish(titles.minor);
      await register.arrives(titles.minor);
      await mustChangeNothing(register, () =>
        this.with('registrator', '/diarium', async (page) => {
          await this.boxOf(page, titles.minor).check();
          await page.getByLabel('Av ringa betydelse').check();
          await this.save(page);
          const said = await page.locator('main').textContent();
          must(said.includes('skäl') && said.includes('input.empty'), said);
          must((await page.locator('html').getAttribute('lang')) === 'sv', 'not in Swedish');
          await mustBeValid(await page.content());
          await page.goBack();
          must(await page.getByLabel('Av ringa betydelse').isVisible(), 'the way back does not lead to the form');
        }),
      );
    });
    await check('diarium: of minor importance with a reason', async () => {
      await this.with('registrator', '/diarium', async (page) => {
        await this.boxOf(page, titles.minor).check();
        await page.getByLabel('Av ringa betydelse').check();
        await page.getByLabel('Skäl', { exact: true }).fill('En julhälsning.');
        await this.save(page);
        await this.mustBeDone(page, 1);
      });
      must(!(await register.rows()).some((row) => row.title === titles.minor), 'it waits still');
      const row = await register.row(titles.minor, 'lage=ringa');
      must(row.cells[4] === 'Ringa betydelse' && row.cells[5] === '', row.cells.join(' | '));
      must(words((await register.get(row.link)).text).includes('Skäl: En julhälsning.'), 'its page does not say why');
    });
  }

  async hidden() {
    const { register, titles } = this;
    await check('diarium: registered with a protected subject and a hidden counterpart', async () => {
      await this.sender.publish(titles.hidden);
      await register.arrives(titles.hidden);
      await this.with('registrator', '/diarium', async (page) => {
        await this.boxOf(page, titles.hidden).check();
        await page.getByLabel('Registrera i ett nytt ärende').check();
        await page.getByLabel('Ärendemening som alla får läsa').fill('Ett arbete om natten');
        await page.getByLabel('Ärendemening som bara myndigheten läser').fill(this.words.protected);
        await page.getByLabel('Visa inte motparten för allmänheten').check();
        await this.save(page);
        await this.mustBeDone(page, 1);
      });
      const row = await register.row(this.words.protected, 'lage=registrerade');
      this.hiddenNumber = row.cells[5];
      this.hiddenLink = row.link;
      must(row.cells[3].includes(SENDER), 'the registrar does not see the counterpart');
    });
  }

  async corrected() {
    const { register } = this;
    await check('diarium: words are corrected; number and date stand, and both statements are shown', async () => {
      const before = words((await register.get(this.hiddenLink)).text);
      await this.with('registrator', this.hiddenLink, async (page) => {
        must((await page.getByLabel('Ärendemening som alla får läsa').inputValue()) === 'Ett arbete om natten', 'not what it was');
        must(await page.getByLabel('Visa inte motparten').isChecked(), 'the counterpart is not hidden any more');
        await page.getByLabel('Ärendemening som alla får läsa').fill('Ett arbete om nattens vård');
        await page.getByLabel('Vad som rättas och varför').fill('Tydligare.');
        await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Spara rättelsen' }).click()]);
        must(new URL(page.url()).pathname === this.hiddenLink, page.url());
        this.said = await page.getByRole('status').allTextContents();
      });
      const { text } = await register.get(this.hiddenLink);
      const after = words(text);
      for (const said of ['Offentlig ärendemening: Ett arbete om natten ', 'Offentlig ärendemening: Ett arbete om nattens vård', 'Skäl: Tydligare.', this.words.protected]) {
        must(after.includes(said), `'${said}' is not there: ${after}`);
      }
      for (const fact of ['Nummer', 'Inkom eller upprättades här', 'Delades av avsändaren', 'Version']) {
        const of = (page) => page.match(new RegExp(`${fact} (.{16,22})`))?.[1];
        must(of(after) && of(after) === of(before), `${fact}: ${of(before)}, then ${of(after)}`);
      }
      must(after.split(this.hiddenNumber).length === 4, 'the number is not said of the item and of both statements');
    });
    await check('diarium: the page says that the correction was saved', () => must(this.said?.length === 1, 'it says nothing'));
    await check('diarium: a public subject that is taken away is not there any more, or the page says why not', async () => {
      const skydd = await register.guard();
      const row = (await register.rows('lage=registrerade')).find(({ cells }) => cells[5] === `${this.number}-3`);
      const correct = (mening, skal) => register.post({ skydd, till: row.link, myndighet: 'rs', post: row.link.split('/').at(-1), beslut: 'ratta', mening, klass: '2.4.1', skal });
      must((await correct(`Olyckligt ord ${process.pid}`, 'Fel.')).status === 303, 'not corrected');
      const answer = await correct('', 'Ordet ska bort.');
      const { text } = await this.site.visitor().get(`${this.site.base}/diarium/offentligt?myndighet=rs`);
      must(answer.status === 422 || !text.includes(`Olyckligt ord ${process.pid}`), 'it is said to be done, and everybody reads it still');
    });
    await check('diarium: a correction without a reason changes nothing', async () => {
      const skydd = await register.guard();
      const post = this.hiddenLink.split('/').at(-1);
      await mustChangeNothing(register, async () => {
        const answer = await register.post({ skydd, till: this.hiddenLink, myndighet: 'rs', post, beslut: 'ratta', mening: 'Annat', skal: ' ' });
        await mustSayWhy(answer, 422, 'input.empty', 'skäl');
      });
    });
  }

  async markup() {
    const { register, titles } = this;
    await check('diarium: titles and subjects are text, however they are written', async () => {
      await this.sender.publish(titles.markup, 'allmänheten');
      await this.sender.publish(titles.sum, 'allmänheten');
      await register.arrives(titles.markup, titles.sum);
      this.marked = [];
      const skydd = await register.guard();
      for (const [title, mening] of [[titles.markup, titles.markup], [titles.sum, titles.sum]]) {
        const { id, link } = await register.row(title);
        await register.get(link);
        const answer = await register.post({ skydd, till: '/diarium', myndighet: 'rs', post: id, beslut: 'nasta', mening, klass: '@2', skal: '"+1' });
        must(answer.status === 303, () => brief(answer));
      }
      for (const at of ['/diarium?lage=registrerade', '/diarium/offentligt?myndighet=rs', `/diarium/offentligt?myndighet=rs&sok=${encodeURIComponent('"><script>')}`]) {
        const { text } = await register.get(at);
        must(!text.includes('<script') && !text.includes('<b>"'), `markup at ${at}`);
        if (!at.includes('sok')) must(decoded(text).includes(titles.markup) && decoded(text).includes(titles.sum), `not there: ${at}`);
        this.marked.push([at, text]);
      }
      const { link } = await register.row(titles.markup, 'lage=registrerade');
      await this.with('registrator', link, async (page) => {
        must((await page.getByLabel('Ärendemening som alla får läsa').inputValue()) === titles.markup, 'other words to correct');
        must((await page.evaluate(() => window.elak)) === undefined, 'the script ran');
        this.marked.push([link, (await register.get(link)).text]);
      }, {});
    });
    await check('diarium: pages with such titles and subjects are valid HTML', async () => {
      for (const [, text] of this.marked) await mustBeValid(text);
    });
  }

  async keyboard() {
    const { register, titles } = this;
    await check('diarium: with the keyboard alone and without JavaScript: choose, decide, save', async () => {
      await this.sender.publish(titles.keys);
      await register.arrives(titles.keys);
      const number = await this.nextNumber();
      await this.with('registrator', '/diarium', async (page) => {
        const tabTo = async (target) => {
          for (let n = 0; n < STOPS_MAX; n += 1) {
            const outline = await page.evaluate(() => (({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && outlineWidth !== '0px')(getComputedStyle(document.activeElement)));
            if (await target.evaluate((element) => element === document.activeElement)) return must(outline, 'what has the focus has no outline');
            await page.keyboard.press('Tab');
          }
          throw new Error(`not reached by Tab: ${target}`);
        };
        await tabTo(this.boxOf(page, titles.keys));
        await page.keyboard.press('Space');
        await tabTo(page.getByLabel('Registrera i ett nytt ärende'));
        await page.keyboard.press('Space');
        must(await page.getByLabel('Registrera i ett nytt ärende').isChecked(), 'the space bar does not choose');
        await tabTo(page.getByLabel('Ärendemening som alla får läsa'));
        await page.keyboard.type('Arbete om färdtjänst');
        await tabTo(page.getByRole('button', { name: 'Spara beslutet' }));
        await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
        await this.mustBeDone(page, 1);
      });
      const row = await register.row('Arbete om färdtjänst', `lage=registrerade&sok=${encodeURIComponent(number)}`);
      must(row.cells[5] === `${number}-1`, row.cells[5]);
    });
    await check('diarium: everything on the queue is reached by keyboard, and what has the focus can be seen', async () => {
      await this.with('registrator', '/diarium?lage=ordnade', async (page) => {
        const stops = 'a[href], button, input:not([type=hidden]):not([type=radio]), select, [tabindex="0"]';
        const all = await page.locator(stops).count();
        const reached = new Set();
        for (let n = 0; n < STOPS_MAX; n += 1) {
          await page.keyboard.press('Tab');
          const stop = await page.evaluate((stops) => {
            const [at, { outlineStyle, outlineWidth }] = [document.activeElement, getComputedStyle(document.activeElement)];
            return { at: at === document.body ? 'out' : [...document.querySelectorAll(stops)].indexOf(at), seen: outlineStyle !== 'none' && outlineWidth !== '0px' };
          }, stops);
          if (stop.at === 'out') break;
          must(stop.seen, `stop ${stop.at} has no outline`);
          if (stop.at >= 0) reached.add(stop.at);
        }
        must(reached.size === all, `${reached.size} of ${all} were reached`);
      });
    });
  }

  async earlier() {
    await check('diarium: what came before the rules is kept in order, and can be registered from that list', async () => {
      const before = await this.register.rows('lage=ordnade&riktning=in');
      must(before.length > 0 && before.every((row) => row.cells[4] === 'Hålls ordnad'), `${before.length} are kept in order`);
      const { title, link, cells } = before.at(-1);
      await this.with('registrator', '/diarium?lage=ordnade&riktning=in', async (page) => {
        await page.getByRole('row').filter({ has: page.locator(`a[href="${link}"]`) }).getByRole('checkbox').check();
        await page.getByLabel('Registrera i ett nytt ärende').check();
        await this.save(page);
        await this.mustBeDone(page, 1);
        must(page.url().includes('lage=ordnade&riktning=in'), `back at another list: ${page.url()}`);
      });
      const registered = (await this.register.rows('lage=registrerade')).find((row) => row.link === link);
      must(registered?.cells[1] === cells[1] && registered.cells[5].startsWith('RS '), `${title}: ${JSON.stringify(registered)}`);
    });
  }

  // ---- what is not done ------------------------------------------------------------------------------------------------

  async refusals() {
    const { register } = this;
    const open = (await register.rows('lage=ordnade'))[0].id;
    const done = this.hiddenLink.split('/').at(-1);
    const skydd = await register.guard();
    const long = 'å'.repeat(301);
    const cases = {
      'nothing is chosen': [{ beslut: 'nasta' }, 422, 'input.empty'],
      'no decision': [{ post: open }, 422, 'input.empty'],
      'a number as nobody writes it here': [{ post: open, beslut: 'nummer', nummer: 'KS-14' }, 422, 'register.number'],
      'a new number by hand where the node gives them': [{ post: open, beslut: 'nummer', nummer: 'RS 2026/900' }, 422, 'register.number'],
      'no number': [{ post: open, beslut: 'nummer', nummer: ' ' }, 422, 'input.empty'],
      "a document's number that is taken": [{ post: open, beslut: 'nummer', nummer: this.number, handling: '1' }, 409, 'register.number_taken'],
      "a document's number that is none": [{ post: open, beslut: 'nummer', nummer: this.number, handling: 'två' }, 422, 'input.number'],
      'registered already': [{ post: done, beslut: 'nasta' }, 409, 'register.already'],
      'registered already, beside another': [[['post', open], ['post', done], ['beslut', 'nasta']], 409, 'register.already'],
      'set aside although it is registered': [{ post: done, beslut: 'ringa', skal: 'x' }, 409, 'register.already'],
      'a subject that is too long': [{ post: open, beslut: 'nasta', mening: long }, 422, 'input.too_long'],
      'an item that there is not': [{ post: '999999', beslut: 'nasta' }, 404, 'input.not_found'],
      'an item that is no number': [{ post: 'x', beslut: 'nasta' }, 400, 'input.value'],
      'a decision that there is not': [{ post: open, beslut: 'elda' }, 400, 'input.value'],
      'a correction of what is not registered': [{ post: open, beslut: 'ratta', skal: 'x' }, 400, 'input.value'],
    };
    for (const [what, [fields, status, code]] of Object.entries(cases)) {
      await check(`diarium: not done, and why: ${what}`, () =>
        mustChangeNothing(register, async () => {
          const given = Array.isArray(fields) ? fields : Object.entries(fields);
          await mustSayWhy(await register.post([...Object.entries({ skydd, till: '/diarium', myndighet: 'rs' }), ...given]), status, code);
        }),
      );
    }
    await check('diarium: addresses that say what there is not', async () => {
      for (const [at, status] of [['/diarium?lage=x', 400], ['/diarium?riktning=x', 400], ['/diarium?sida=0', 400], ['/diarium?sida=x', 400], ['/diarium?myndighet=finns-inte', 404],
        ['/diarium/offentligt?myndighet=finns-inte', 404], ['/diarium/offentligt.csv?myndighet=finns-inte', 404], ['/diarium/offentligt?dag=igar', 400], ['/diarium/offentligt.csv?dag=2026-02-30', 400], ['/diarium/post/rs/999999', 404]]) {
        await mustBeValid((await register.get(at, status)).text);
      }
    });
  }

  async walls() {
    const { register } = this;
    const open = (await register.rows('lage=ordnade'))[0].id;
    const secrets = [this.titles.later, this.titles.hidden, this.words.protected];
    const mustShowNothing = (answer) => must(!secrets.some((word) => answer.text.includes(word)), () => `it shows ${secrets.filter((w) => answer.text.includes(w))}`);
    for (const login of [null, 'lasare', 'samordnare']) {
      await check(`diarium: ${login ?? 'who has not signed in'} sees nothing of the register and decides nothing`, () =>
        mustChangeNothing(register, async () => {
          const visitor = login ? await this.site.enter(login) : this.site.visitor();
          for (const at of ['/diarium', '/diarium?myndighet=rs&lage=alla', '/diarium/utdrag.csv?lage=alla', this.hiddenLink]) {
            const answer = await visitor.get(this.site.base + at);
            await mustSayWhy(answer, 403, 'role.forbidden', 'Diariet förs av myndighetens registratorer');
            mustShowNothing(answer);
          }
          const skydd = guardOf((await visitor.get(`${this.site.base}/`)).text) ?? '';
          const answer = await visitor.post(`${this.site.base}/diarium`, { skydd, till: '/diarium', myndighet: 'rs', post: open, beslut: 'nasta' });
          await mustSayWhy(answer, 403, 'role.forbidden');
        }),
      );
    }
    await check("diarium: a registrar of another authority neither sees this one's items nor decides on them", () =>
      mustChangeNothing(register, async () => {
        const other = new Register(this.site, await this.site.enter('namnden'));
        const own = await other.get('/diarium?lage=alla');
        must(words(own.text).includes(`Diarium: ${OTHER}`) && rowsOf(own.text).length === 0, words(own.text).slice(0, 500));
        mustShowNothing(own);
        mustShowNothing(await other.get('/diarium/utdrag.csv?lage=alla'));
        for (const at of ['/diarium?myndighet=rs', '/diarium/utdrag.csv?myndighet=rs', this.hiddenLink, this.hiddenLink.replace('/rs/', '/hsn/')]) {
          const answer = await other.get(at, 404);
          mustShowNothing(answer);
          await mustBeValid(answer.text);
        }
        const skydd = await other.guard();
        const forms = { rs: [403, 'role.forbidden'], hsn: [404, 'input.not_found'] };
        for (const [myndighet, [status, code]] of Object.entries(forms)) {
          for (const beslut of ['nasta', 'ordna', 'ringa', 'ratta']) {
            for (const post of [open, this.hiddenLink.split('/').at(-1)]) {
              const answer = await other.post({ skydd, till: '/diarium', myndighet, post, beslut, mening: 'Elak', skal: 'x' });
              await mustSayWhy(answer, status, code);
              mustShowNothing(answer);
            }
          }
        }
      }),
    );
    await check('diarium: who keeps two registers chooses which, and stays there', async () => {
      await this.with('bada', '/diarium', async (page) => {
        must((await page.getByLabel('Myndighet', { exact: true }).locator('option').allTextContents()).sort().join() === [OWN, OTHER].sort().join(), 'not both');
        await page.getByLabel('Myndighet', { exact: true }).selectOption('hsn');
        await page.getByLabel('Läge').selectOption('alla');
        await page.getByRole('button', { name: 'Visa' }).click();
        await page.getByRole('heading', { name: `Diarium: ${OTHER}` }).waitFor();
        must((await page.getByText('Inget passar').count()) === 1, 'something is in the register of the other');
        must((await page.getByLabel('Läge').inputValue()) === 'alla', 'the choice is not kept');
      });
    });
  }

  async forged() {
    const { register } = this;
    await check("diarium: a form without this session's 'skydd' is refused and changes nothing", () =>
      mustChangeNothing(register, async () => {
        const { id: post } = (await register.rows('lage=ordnade'))[0];
        const guard = await register.guard();
        const others = await new Register(this.site, await this.site.enter('registrator')).guard();
        must(guard && others && guard !== others, 'two sessions have the same');
        for (const skydd of [undefined, '', 'x', others, `${guard}x`, guard.slice(1), guard.toUpperCase() === guard ? guard.toLowerCase() : guard.toUpperCase()]) {
          for (const beslut of ['nasta', 'ringa']) {
            const answer = await register.post({ ...(skydd !== undefined && { skydd }), till: '/diarium', myndighet: 'rs', post, beslut, skal: 'x' });
            await mustSayWhy(answer, 403, 'sign_in.forged');
          }
        }
        const large = await register.post({ skydd: guard, till: '/diarium', myndighet: 'rs', post, beslut: 'nasta', skal: 'x'.repeat(200_000) });
        must([403, 413, 422].includes(large.status), () => brief(large));
        const json = await register.visitor.ask('POST', `${this.site.base}/diarium`, { form: { skydd: guard, myndighet: 'rs', post, beslut: 'nasta' }, headers: { 'content-type': 'text/plain' } });
        must(json.status >= 400 && json.status < 500, () => brief(json));
        must((await register.visitor.get(`${this.site.base}/diarium?skydd=${guard}&myndighet=rs&post=${post}&beslut=nasta`)).status === 200, 'a GET is no form');
      }),
    );
    await check('diarium: a form leads back to the register, and nowhere else', async () => {
      const skydd = await register.guard();
      const { id: post } = (await register.rows('lage=ordnade'))[0];
      for (const till of ['//elak.example', 'https://elak.example/diarium', '/diarium\\elak', '/diarium/post/../../logga-ut', '/logga-ut', '/diarium?a=\r\nX-Elak: 1', '/diariumelak', '']) {
        const answer = await register.post({ skydd, till, myndighet: 'rs', post, beslut: 'ordna' });
        must(answer.status === 303 && answer.to === `${this.site.base}/diarium?klart=${post}` && !('x-elak' in answer.headers), () => `${till}: ${brief(answer)}`);
      }
    });
  }

  // ---- what is found, and what everybody reads -------------------------------------------------------------------------

  async searched() {
    const { register, titles } = this;
    const found = async (sok) => (await register.rows(`lage=alla&sok=${encodeURIComponent(sok)}`)).map((row) => row.cells[5]);
    await check('diarium: a case is found by its number, subject and title', async () => {
      await this.with('registrator', '/diarium', async (page) => {
        await page.getByLabel('Läge').selectOption('alla');
        await page.getByLabel('Sök nummer eller ord').fill(this.number);
        await page.keyboard.press('Enter');
        for (const n of [1, 2, 3]) await page.getByRole('cell', { name: `${this.number}-${n}`, exact: true }).waitFor();
        must((await page.getByLabel('Sök nummer eller ord').inputValue()) === this.number, 'what was looked for is not kept');
      });
      must((await found('nattens vård')).includes(this.hiddenNumber), 'not by its subject');
      must((await found(titles.open.toLowerCase())).includes(`${this.number}-2`), 'not by its title');
      must((await found('finns-inte-alls')).length === 0, 'something');
    });
    await check("diarium: a document is found by its whole number, as it stands in the list", async () => {
      must((await found(`${this.number}-2`)).join() === `${this.number}-2`, `found: ${await found(`${this.number}-2`)}`);
    });
    await check('diarium: its registrar finds a document by the protected subject', async () => {
      must((await found(this.words.protected)).join() === this.hiddenNumber, `found: ${await found(this.words.protected)}`);
    });
  }

  async extracts() {
    const mustBeCsv = ({ headers, text }, name) => {
      must(headers['content-type'] === 'text/csv; charset=utf-8', headers['content-type']);
      must(headers['content-disposition'] === `attachment; filename="${name}"`, headers['content-disposition']);
      must(/no-cache|no-store/.test(headers['cache-control']), headers['cache-control']);
      must(text.startsWith(BYTE_ORDER_MARK) && text.includes('\r\n'), 'no byte order mark or no CRLF');
      const rows = cellsOf(text.slice(1));
      must(rows.every((row) => row.length === rows[0].length), () => `rows of other lengths: ${JSON.stringify(rows.find((row) => row.length !== rows[0].length))}`);
      must(rows.flat().every((cell) => !/^[=+\-@\t\r]/.test(cell)), () => `a spreadsheet reckons with ${rows.flat().find((cell) => /^[=+\-@\t\r]/.test(cell))}`);
      return rows;
    };
    await check("diarium: the registrar's file for Excel: byte order mark, semicolons, every row whole, nothing to reckon with", async () => {
      await this.with('registrator', '/diarium?lage=registrerade', async (page) => {
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Hämta som fil för Excel' }).click()]);
        must(download.suggestedFilename() === 'diarium-rs-alla-uppgifter.csv', download.suggestedFilename());
      });
      const rows = mustBeCsv(await this.register.get('/diarium/utdrag.csv?lage=registrerade'), 'diarium-rs-alla-uppgifter.csv');
      must(rows[0].slice(0, 5).join() === 'Datum,Läge,Nummer,Riktning,Motpart', rows[0].join());
      const row = rows.find((cells) => cells[2] === `${this.number}-3`);
      must(row?.[1] === 'Registrerad' && row[4] === SENDER && row.includes('2.4.1'), JSON.stringify(row));
      for (const title of [this.titles.markup, `'${this.titles.sum}`]) must(rows.some((cells) => cells[7] === title), `'${title}' is not there`);
      must(rows.length - 1 === (await this.register.rows('lage=registrerade')).length, 'other rows than the page');
    });
    await check('diarium: the public file for Excel', async () => {
      const answer = await new Register(this.site, this.site.visitor()).get('/diarium/offentligt.csv?myndighet=rs');
      const rows = mustBeCsv(answer, 'diarium-rs.csv');
      must(rows[0].join() === 'Datum,Nummer,Riktning,Motpart,Ärendemening', rows[0].join());
      const row = rows.find((cells) => cells[1] === this.hiddenNumber);
      must(row?.[3] === '' && row[4] === 'Ett arbete om nattens vård', JSON.stringify(row));
      this.mustHide(answer.text);
    });
  }

  mustHide(text) {
    for (const word of [this.words.protected, this.titles.hidden, this.titles.first, this.titles.later, 'Ett arbete om natten<', 'Julhälsning', 'Tydligare.', '2.4.1']) {
      must(!text.includes(word), `everybody reads '${word}'`);
    }
  }

  async public() {
    await check('diarium: where no authority is chosen it is always the first of the charter, whose the releases are', async () => {
      const [anybody, both] = [this.site.visitor(), await this.site.enter('bada')];
      for (let n = 0; n < 12; n += 1) {
        for (const [visitor, at, title] of [[anybody, '/diarium/offentligt', 'Offentligt diarium'], [both, '/diarium', 'Diarium']]) {
          const { text } = await visitor.get(this.site.base + at);
          must(text.includes(`<h1>${title}: ${OWN}</h1>`), () => `${at}, time ${n + 1}: ${text.match(/<h1>[^]*?<\/h1>/)?.[0]}`);
        }
      }
    });
    await check('diarium: who keeps two registers is led back to the one that the item is in', async () => {
      await this.with('bada', this.hiddenLink, async (page) => {
        const back = await page.getByRole('link', { name: 'Till diariet' }).getAttribute('href');
        must(back.includes('myndighet=rs'), `it leads to ${back}`);
      });
    });
    const anybody = new Register(this.site, this.site.visitor());
    const at = async (query = '') => (await anybody.get(`/diarium/offentligt?myndighet=rs${query}`)).text;
    await check('diarium: everybody reads the public subject, and neither the protected one nor a hidden counterpart', async () => {
      const { headers } = await anybody.get('/diarium/offentligt?myndighet=rs');
      must(!headers['set-cookie'], 'it sets a cookie');
      const text = await at();
      this.mustHide(text);
      const rows = rowsOf(text);
      const row = rows.find(({ cells }) => cells[0] === this.hiddenNumber)?.cells;
      must(row?.[3] === '' && row[4] === 'Ett arbete om nattens vård', JSON.stringify(row ?? rows));
      const open = rows.find(({ cells }) => cells[0] === `${this.number}-2`)?.cells;
      must(open?.[3] === SENDER && open[4] === `Utvecklingsarbete: ${this.titles.open}`, JSON.stringify(open ?? rows));
      must(rows.find(({ cells }) => cells[0] === `${this.number}-1`)?.cells[4] === 'Utvecklingsarbete', 'a title that is not public is there');
    });
    await check('diarium: what is protected cannot be found out by searching', async () => {
      for (const word of [this.words.protected, this.titles.hidden, 'Solgården', this.titles.first, 'Julhälsning', 'Ett arbete om natten ', 'Tydligare', '%', '_']) {
        const rows = rowsOf(await at(`&sok=${encodeURIComponent(word)}`)).filter(({ cells }) => cells[0] === this.hiddenNumber || cells[0] === `${this.number}-1`);
        must(rows.length === 0 || word.trim() === 'Ett arbete om natten', `'${word}' finds ${JSON.stringify(rows)}`);
      }
      const rows = rowsOf(await at(`&sok=${encodeURIComponent(SENDER)}`));
      must(!rows.some(({ cells }) => cells[0] === this.hiddenNumber), 'the hidden counterpart finds it');
    });
    await check("diarium: a title that is for the parties alone is not in the public register, though the title before it was public", async () => {
      const [open, closed] = [`Öppen titel ${process.pid}`, `Bara för parterna ${process.pid}`];
      await this.sender.publish(open, 'allmänheten');
      await this.sender.publishAgain(open, closed, 'parterna');
      const rows = async () => (await this.register.rows()).filter(({ title }) => title === open || title === closed);
      await within(async () => (await rows()).length === 2, 'both versions do not wait');
      const skydd = await this.register.guard();
      for (const { id } of (await rows()).reverse()) {
        const answer = await this.register.post({ skydd, myndighet: 'rs', post: id, beslut: 'nasta' });
        must(answer.status === 303, () => brief(answer));
      }
      must(!(await at()).includes(closed), () => `everybody reads '${closed}'`);
      must(rowsOf(await at(`&sok=${encodeURIComponent(closed)}`)).length === 0, 'everybody finds it');
    });
    await check('diarium: everybody finds a document by the number that the page shows', async () => {
      must(rowsOf(await at(`&sok=${encodeURIComponent(this.number)}`)).length === 3, 'not by the number of the case');
      const rows = rowsOf(await at(`&sok=${encodeURIComponent(`${this.number}-2`)}`));
      must(rows.length === 1, `${rows.length} by the number of the document`);
    });
    await check('diarium: everybody finds what came in or was drawn up on a day, and nothing of another day', async () => {
      const day = rowsOf(await at()).find(({ cells }) => cells[0] === `${this.number}-2`)?.cells[1];
      const [that, none, both] = [rowsOf(await at(`&dag=${day}`)), rowsOf(await at('&dag=1999-12-31')), rowsOf(await at(`&dag=${day}&sok=${encodeURIComponent(`${this.number}-2`)}`))];
      must(that.length > 0 && that.every(({ cells }) => cells[1] === day), () => `${day}: ${JSON.stringify(that)}`);
      must(none.length === 0 && both.length === 1, () => `${none.length}, ${both.length}`);
    });
    await check('diarium: nobody writes down what anybody looks for', async () => {
      await at(`&sok=${this.words.sought}`);
      await pause(500);
      must(!this.site.node.log.includes(this.words.sought), () => this.site.node.log.split('\n').find((line) => line.includes(this.words.sought)));
    });
  }

  async looks() {
    const axe = await axeSource();
    const { context, page } = await this.in('bada', '/diarium', { bypassCSP: true });
    await this.sender.publish(`Väntar på registrator ${process.pid}`);
    await this.register.arrives(`Väntar på registrator ${process.pid}`);
    const pictures = process.env.PICTURES && (await mkdir(process.env.PICTURES, { recursive: true }), process.env.PICTURES);
    const pages = {
      queue: '/diarium?myndighet=rs',
      done: '/diarium?myndighet=rs&klart=1,2',
      'queue-en': '/diarium?myndighet=rs&sprak=en',
      registered: '/diarium?myndighet=rs&lage=registrerade',
      all: '/diarium?myndighet=rs&lage=alla',
      none: '/diarium?myndighet=rs&sok=finns-inte-alls',
      item: this.hiddenLink,
      'item-en': `${this.hiddenLink}?sprak=en`,
      'item-open': (await this.register.rows('lage=ordnade'))[0].link,
      public: '/diarium/offentligt?myndighet=rs',
      'public-en': '/diarium/offentligt?myndighet=rs&sprak=en',
    };
    for (const [name, at] of Object.entries(pages)) {
      await check(`diarium looks: ${name}`, async () => {
        const answer = await page.goto(this.site.base + at);
        must(answer.status() === 200, `status ${answer.status()}`);
        await mustLookWell(page, axe, { html: await answer.text(), pictures: pictures && join(pictures, name) });
      });
    }
    await check('diarium looks: in print', async () => {
      for (const at of [pages.queue, pages.item, pages.public]) {
        await page.goto(this.site.base + at);
        await mustPrintWell(page, axe);
      }
    });
    await check('diarium looks: what is missing', async () => {
      await page.goto(this.site.base + pages.queue);
      await page.getByLabel(/ringa betydelse/).check();
      await this.save(page);
      await mustLookWell(page, axe, { pictures: pictures && join(pictures, 'error') });
    });
    await context.close();
    await check('diarium looks: for whom the register is not', async () =>
      this.with('lasare', '/diarium', (other) => mustLookWell(other, axe, { pictures: pictures && join(pictures, 'forbidden') }), { bypassCSP: true }));
    await check('diarium: the content security policy holds nothing of ours back', async () => {
      await this.with('registrator', '/', async (plain) => {
        const said = [];
        plain.on('console', (message) => message.type() === 'error' && said.push(message.text()));
        plain.on('requestfailed', (request) => said.push(request.url()));
        for (const at of Object.values(pages)) await plain.goto(this.site.base + at);
        must(said.length === 0, said.join('\n'));
      }, {});
    });
  }

  async audit() {
    await check('diarium: the audit log has who decided, on what, and the number, but no words', async () => {
      const text = await auditText(this.site.node);
      const lines = text.trim().split('\n').filter((line) => line.includes('"registered"'));
      must(lines.some((line) => line.includes(`${this.number}-1`) && line.includes('entra-sub-registrator')), () => `${lines.length} lines: ${lines[0]}`);
      for (const word of [this.words.protected, this.titles.hidden, 'Ett arbete om natten']) must(!text.includes(word), `'${word}' is in it`);
      const { code, said } = await this.site.node.command('audit', 'verify');
      must(code === 0, `${code}: ${said}`);
    });
  }
}
