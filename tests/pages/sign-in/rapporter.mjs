// Papers for meetings (Rapporter), as the programme office's coordinator looks at one, makes it and gets its files; and as those
// see them who only read.

import { createHash } from 'node:crypto';
import { Site, brief, check, must, provide, settings, startNode, stopNode } from './harness.mjs';
import { mustBeValid, mustSayWhy, words } from './html.mjs';
import { axeSource, enterIn, mustLookWell, mustPrintWell } from './looks.mjs';
import { freePort } from './node.mjs';
import { Desk } from './utkast/desk.mjs';

const ROLES = [
  { value: 'Samsyn.Lasare', role: 'reader' },
  { value: 'Samsyn.Samordnare.RS', role: 'coordinator', authority: 'rs' },
  { value: 'Samsyn.Samordnare.HSN', role: 'coordinator', authority: 'hsn' },
];
const KINDS = [
  ['agenda', 'programstyrgrupp', '2026-12-15', 'Underlag till möte'],
  ['gate', 'programstyrgrupp', '2025-12-15', 'Underlag inför B5'],
  ['half-year', 'hogsta-tjansteledning', '2026-12-01', 'Halvårsrapport'],
  ['annual', '', '2023', 'Årsrapport 2023'],
];

export async function rapporter({ browser, place }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = await provide({ kind: 'entra', redirects: [`${base}/logga-in/svar`] });
  const site = new Site({ base, cookie: 'samsyn', provider });
  site.node = await startNode(place, 'sign-in-rapporter', settings({ listen: `127.0.0.1:${port}`, url: base }, { issuer: provider.issuer }, ROLES), base);
  const enter = async (login) => new Desk(site, await site.enter(login));
  const [office, reader, nobody] = [await enter('rsskribent'), await enter('lasare'), new Desk(site, site.visitor())];
  const draft = ([slag, organ, dag]) => `/rapporter/utkast?slag=${slag}&organ=${organ}&dag=${dag}`;
  const make = async (desk, fields) => desk.visitor.post(`${base}/rapporter`, Object.entries({ skydd: await desk.guard(), ...fields }));
  let at;

  await check('rapporter: every kind is looked at before it is made, by all who read', async () => {
    for (const kind of KINDS) {
      const { text } = await office.get(draft(kind));
      must(words(text).includes(kind[3]) && text.includes('Ta fram underlaget'), () => words(text));
      await mustBeValid(text);
      const read = (await reader.get(draft(kind))).text;
      must(words(read).includes(kind[3]) && !read.includes('Ta fram underlaget'), 'a reader may make it');
    }
    const gate = words((await office.get(draft(KINDS[1]))).text);
    for (const point of ['Portföljen', 'Programområdenas innehåll', 'Urvalskriterierna', 'Förändringsarbetet', 'Kompetens och roller', 'Genomförandeplanen', 'Finansieringen']) {
      must(gate.includes(point), () => `${point} is not in ${gate}`);
    }
    const annual = words((await office.get(draft(KINDS[3]))).text);
    for (const said of ['Förordet är inte skrivet än.', 'sammanlagt 275', '470 procent', '100 000 kr är inte fördelat']) must(annual.includes(said), () => `${said} is not in ${annual}`);
    must((await nobody.visitor.get(`${base}/rapporter`)).status !== 200, 'anybody reads papers');
  });
  await check('rapporter: a reader, a form from elsewhere and a paper that does not exist make nothing', async () => {
    const [slag, organ, dag] = KINDS[0];
    await mustSayWhy(await make(reader, { slag, organ, dag }), 403, 'role.forbidden');
    const forged = await office.visitor.post(`${base}/rapporter`, Object.entries({ slag, organ, dag }));
    must(forged.status === 403 && forged.text.includes('sign_in.forged'), () => brief(forged));
    await mustSayWhy(await make(office, { slag: 'dikt', organ, dag }), 400, 'input.value');
    await mustSayWhy(await make(office, { slag, organ, dag: 'snart' }), 400, 'input.value', 'Dagen går inte att läsa');
    must((await office.get('/rapporter')).text.includes('Inga än.'), 'something was made');
  });
  await check('rapporter: the office makes a paper with a press, and its files are what its entry says', async () => {
    const { context, page } = await enterIn(browser, site, 'rsskribent', draft(KINDS[1]));
    try {
      await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Ta fram underlaget', exact: true }).click()]);
      must((await page.getByRole('status').textContent()) === 'Underlaget är framtaget.', 'it does not say so');
      at = new URL(page.url()).pathname;
    } finally {
      await context.close();
    }
    const cover = (await reader.get(at)).text;
    must(words(cover).includes('Inget har ändrats.') && words(cover).includes('Region Västernorrland'), () => words(cover));
    const files = [...cover.matchAll(/href="([^"]*underlag\.(\w+))"[^]*?SHA-256 ([0-9a-f]{64})/g)];
    must(files.length >= 2, () => cover);
    for (const [, href, format, stated] of files) {
      const answer = await fetch(base + href, { headers: { cookie: `samsyn=${reader.visitor.cookie(base, 'samsyn')}` } });
      const bytes = Buffer.from(await answer.arrayBuffer());
      must(answer.status === 200 && answer.headers.get('content-disposition').includes(`gate-2025-12-15.${format}`), () => `${href}: ${answer.status}`);
      must(createHash('sha256').update(bytes).digest('hex') === stated && answer.headers.get('x-samsyn-stated') === 'same', `${format} is another file`);
      if (format === 'html') await mustBeValid(bytes.toString('utf8'));
      if (format === 'pdf') must(bytes.subarray(0, 5).toString() === '%PDF-', 'it is no PDF');
    }
    const listed = words((await reader.get('/rapporter')).text);
    must(listed.includes('Underlag inför beslutspunkt') && listed.includes('2025-12-15'), () => listed);
  });
  await check('rapporter: what has changed since stands on the cover, and not in the paper', async () => {
    const before = (await reader.get(`${at}/underlag.html`)).text;
    const { working_copy_id: copy } = await site.node.client('work', 'new', '--title', 'Kom till efter underlaget', '--stage', 'ongoing');
    await site.node.client('work', 'publish', copy, '--yes');
    const cover = words((await reader.get(at)).text);
    must(cover.includes('Kom till efter underlaget'), () => cover);
    must((await reader.get(`${at}/underlag.html`)).text === before, 'the paper is another');
    must(words((await reader.get(draft(KINDS[1]))).text).includes('10'), 'a new look is of now');
  });
  const axe = await axeSource();
  for (const [name, path] of [['list', () => '/rapporter'], ['list-en', () => '/rapporter?sprak=en'], ['draft', () => draft(KINDS[3])], ['cover', () => at]]) {
    await check(`rapporter: the page (${name}) passes axe in every mode, fits 320 pixels and is valid HTML`, async () => {
      const { context, page } = await enterIn(browser, site, 'rsskribent', path(), { bypassCSP: true });
      try {
        const answer = await page.goto(base + path());
        const pictures = process.env.PICTURES && `${process.env.PICTURES}/rapporter-${name}`;
        await mustLookWell(page, axe, { html: await answer.text(), pictures });
        await mustPrintWell(page, axe);
      } finally {
        await context.close();
      }
    });
  }
  await check('rapporter: the file for a browser passes axe in every mode, alone and without a net', async () => {
    const { text } = await reader.get(`${at}/underlag.html`);
    const context = await browser.newContext({ offline: true, locale: 'sv-SE' });
    try {
      const page = await context.newPage();
      await page.setContent(text);
      await mustLookWell(page, axe, { html: text, pictures: process.env.PICTURES && `${process.env.PICTURES}/rapporter-fil` });
      await mustPrintWell(page, axe);
    } finally {
      await context.close();
    }
  });
  await stopNode(site.node);
  await provider.down();
}
