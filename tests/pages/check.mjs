// Looks at a node's pages in headless Chromium, as its readers do: light and dark, narrow, enlarged, in print, without
// style sheet, without JavaScript, by keyboard. Every page must be valid HTML and have no violation that axe-core finds.
//
//   node check.mjs http://127.0.0.1:7002 [DIRECTORY FOR SCREENSHOTS]
//
// Ends with 0 only if all is well; the last line is `N passed, M failed`.

import { readFile } from 'node:fs/promises';
import { HtmlValidate } from 'html-validate';
import { chromium } from 'playwright-core';

const [base, pictures] = process.argv.slice(2);
if (!base) {
  console.error('usage: node check.mjs BASE-URL [DIRECTORY]');
  process.exit(2);
}
const STEP_MS = 30_000; // axe can hang for ever: nothing waits longer
const MODES = {
  light: {},
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 320, height: 640 } },
  enlarged: { viewport: { width: 640, height: 512 }, deviceScaleFactor: 2 },
  contrast: { forcedColors: 'active' },
};

let passed = 0;
const failures = [];
const within = (promise, what) =>
  Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error(`${what}: no end within ${STEP_MS} ms`)), STEP_MS).unref())]);

async function check(name, work) {
  try {
    await within(work(), name);
    passed += 1;
  } catch (error) {
    failures.push(name);
    console.log(`FAILED ${name}\n  ${String(error.message ?? error).replaceAll('\n', '\n  ')}`);
  }
}

function must(holds, why) {
  if (!holds) throw new Error(why);
}

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: { 'no-trailing-whitespace': 'off', 'void-style': 'off', 'long-title': 'off', 'no-inline-style': 'error' },
});

const list = await (await fetch(`${base}/api/v1/works`)).json();
must(list.data.total > 0, 'the node has no works to look at');
const work = list.data.works[0].document_id;
const decisions = await (await fetch(`${base}/api/v1/documents?slag=decision`)).json();
must(decisions.data.total > 0, 'the node has no decisions to look at');
const decision = decisions.data.documents[0].document_id;
const pages = {
  '/beslut': 200,
  '/beslut?organ=halsam-lansledning&ar=2025': 200,
  '/beslut?ar=1999': 200,
  [`/beslut/${decision}`]: 200,
  '/beslut/nytt': 403, // those who write alone, and here nobody can sign in
  '/beslut?sprak=en': 200,
  [`/beslut/${decision}?sprak=en`]: 200,
  '/': 200,
  '/?sedan=2024-01-31': 200,
  '/?sedan=2999-12-31': 200,
  '/?sedan=i-fjol': 400,
  '/portfolj': 200,
  '/portfolj?skede=completed&sok=a': 200,
  '/portfolj?sok=finns-inte-alls': 200,
  [`/arbete/${work}`]: 200,
  [`/arbete/${work}/historik`]: 200,
  '/sok': 200,
  '/sok?sok=v%C3%A5rd': 200,
  '/sok?sok=v%C3%A5rd&slag=programme&sida=2': 200,
  '/sok?sok=finns-inte-alls': 200,
  '/sok?sok=x': 200,
  '/sok?sok=v%C3%A5rd&sprak=en': 200,
  '/sok?sok=v%C3%A5rd&slag=tomte': 400,
  '/portfolj/ideer': 200,
  '/portfolj/balans': 200,
  '/fardplan': 200,
  '/fardplan?vy=nu': 200,
  '/fardplan/lsg': 200,
  '/fardplan/finns-inte': 404,
  '/breddinforande': 200,
  '/uppfoljning': 200,
  '/risker': 200,
  '/resurser': 200,
  '/arshjul': 200,
  '/arshjul?fran=2023-01': 200,
  '/larande': 200,
  '/rapporter': 200,
  '/rapporter?sprak=en': 200,
  '/rapporter/utkast?slag=gate&organ=programstyrgrupp&dag=2025-12-15': 200,
  '/rapporter/utkast?slag=annual&dag=2023': 200,
  '/rapporter/utkast?slag=annual&dag=i-fjol': 400,
  '/rapporter/p0': 404,
  '/larande?ar=2023': 200,
  '/programmet': 200,
  '/programmet/kallor': 200,
  '/noder': 200,
  '/oppna-data': 200,
  '/oppna-data?sprak=en': 200,
  '/oppna-data/finns-inte.csv': 404,
  '/om': 200,
  '/diarium/offentligt': 200,
  '/diarium/offentligt?sok=finns-inte-alls': 200,
  '/diarium': 403, // its registrars alone, and here nobody can sign in
  '/finns-inte': 404,
  '/?sprak=en': 200,
  '/portfolj?sprak=en': 200,
  [`/arbete/${work}?sprak=en`]: 200,
  '/portfolj/ideer?sprak=en': 200,
  '/portfolj/balans?sprak=en': 200,
  '/fardplan?sprak=en': 200,
  '/fardplan/lsg?sprak=en': 200,
  '/breddinforande?sprak=en': 200,
  '/uppfoljning?sprak=en': 200,
  '/risker?sprak=en': 200,
  '/resurser?sprak=en': 200,
  '/arshjul?fran=2023-01&sprak=en': 200,
  '/larande?sprak=en': 200,
  '/programmet?sprak=en': 200,
  '/programmet/kallor?sprak=en': 200,
  '/noder?sprak=en': 200,
  '/om?sprak=en': 200,
  '/diarium/offentligt?sprak=en': 200,
  '/diarium?sprak=en': 403,
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});

for (const [path, status] of Object.entries(pages)) {
  await check(`html ${path}`, async () => {
    const answer = await fetch(base + path);
    must(answer.status === status, `status ${answer.status}`);
    const report = await validator.validateString(await answer.text());
    const faults = report.results.flatMap((r) => r.messages).map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`);
    must(faults.length === 0, faults.join('\n'));
  });
}

await check('who has not signed in is told in Swedish, or in English, whose the register is, and sees nothing of it', async () => {
  for (const [path, lang, words] of [['/diarium', 'sv', 'registratorer'], ['/diarium?sprak=en', 'en', 'registrars']]) {
    const text = await (await fetch(base + path)).text();
    must(text.includes(`<html lang="${lang}">`) && text.includes(words) && text.includes('role.forbidden'), text);
    must(!text.includes('<table') && !text.includes('<form'), 'there is something of the register');
  }
  for (const path of ['/diarium/utdrag.csv', '/diarium/post/rs/1']) {
    const answer = await fetch(base + path);
    must(answer.status === 403, `${path}: status ${answer.status}`);
  }
});

await check('the feed of decisions is well-formed and names each by its own address', async () => {
  const answer = await fetch(`${base}/beslut/atom.xml`);
  const feed = await answer.text();
  must(answer.status === 200 && answer.headers.get('content-type').startsWith('application/atom+xml'), answer.status);
  must((feed.match(/<entry>/g) ?? []).length === decisions.data.total, feed);
  must(feed.includes(`${base}/beslut/${decision}`), feed);
});

await check('a chain of decisions says who has not reported, and takes nobody for a yes or a no', async () => {
  const text = await (await fetch(`${base}/beslut`)).text();
  must(text.includes('0 av 8') && text.includes('ej rapporterat') && text.includes('enligt källan'), text);
});

await check('the public register is the same each time that nothing is chosen', async () => {
  const headings = new Set();
  for (let n = 0; n < 12; n += 1) headings.add((await (await fetch(`${base}/diarium/offentligt`)).text()).match(/<h1>[^]*?<\/h1>/)?.[0]);
  must(headings.size === 1, [...headings].join('\n'));
});

await check('every chart has its table, a name and no style of its own; what nobody has said is never green', async () => {
  for (const path of ['/fardplan', '/portfolj/balans']) {
    const text = await (await fetch(base + path)).text();
    const charts = text.match(/<svg[^]*?<\/svg>/g) ?? [];
    must(charts.length > 0, `${path}: no chart`);
    for (const chart of charts) must(/role="img"/.test(chart) && /<title/.test(chart) && !/ style=/.test(chart), `${path}: ${chart.slice(0, 200)}`);
    must(/<figure>[^]*<svg[^]*<table/.test(text), `${path}: no table beside its chart`);
  }
  const rollout = await (await fetch(`${base}/breddinforande`)).text();
  must(rollout.includes('ingen uppgift') && / av 8/.test(rollout), 'the grid says who has not answered');
  const cells = [...rollout.matchAll(/href="\/arbete\/([0-9a-f]{64})#(u[a-z0-9_-]+)"/g)];
  must(cells.length >= 16, `${cells.length} cells lead to their source`);
  const source = await (await fetch(`${base}/arbete/${cells[0][1]}`)).text();
  for (const [, , part] of cells) must(source.includes(`id="${part}"`), `${part} is not on the page of the document`);
});

// axe is put into the page by the debugger, which the page's own Content-Security-Policy does not hold.
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
}

for (const [mode, options] of Object.entries({ ...MODES, print: {} })) {
  const context = await browser.newContext({ ...options, locale: 'sv-SE', bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS);
  if (mode === 'print') await page.emulateMedia({ media: 'print' });
  for (const path of Object.keys(pages)) {
    await check(`${mode} ${path}`, async () => {
      await page.goto(base + path);
      const found = await violations(page);
      must(found.length === 0, found.join('\n'));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      must(mode === 'print' || wide <= 0, `the page is ${wide} pixels wider than its window`);
      if (pictures) {
        const name = path.replaceAll(/[^a-z]+/g, '-').slice(0, 24);
        await page.screenshot({ path: `${pictures}/${mode}${name}.png`, fullPage: true });
      }
    });
  }
  await context.close();
}

await check('the content security policy holds nothing of ours back', async () => {
  const context = await browser.newContext({ locale: 'sv-SE' });
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('requestfailed', (request) => said.push(request.url()));
  for (const path of Object.keys(pages).filter((p) => pages[p] === 200)) await page.goto(base + path);
  must(said.length === 0, said.join('\n'));
  await context.close();
});

await check('pages can be read without style sheet and without JavaScript', async () => {
  const context = await browser.newContext({ locale: 'sv-SE', javaScriptEnabled: false });
  const page = await context.newPage();
  await page.route('**/*.css', (route) => route.abort());
  for (const path of Object.keys(pages)) {
    await page.goto(base + path);
    must((await page.locator('h1').count()) === 1, `${path}: not one heading of the first level`);
    must(await page.locator('h1').isVisible(), `${path}: its heading is not to be seen`);
  }
  await context.close();
});

await check("the figures of 2023 are the published ones, what is not shared out is shown, and nothing unknown is told as nothing", async () => {
  const text = async (path) => (await (await fetch(base + path)).text()).replaceAll('\u00a0', ' ').replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
  const money = await text('/resurser?ar=2023');
  for (const words of ['6 300 000 kr', '5 938 000 kr', 'ofördelat 100 000 kr 0 kr', '470 % av heltid', '50 %', '3 150 000 kr'])
    must(money.includes(words), `${words} is missing in ${money}`);
  const risks = await text('/risker');
  must(risks.includes('Öppna risker: 9. Inte bedömda, och därför inte i tabellen nedan: 9.'), risks);
  const measures = await text('/uppfoljning');
  must(measures.includes('0 av 8 parter har lämnat värden') && measures.includes('0 av 7') && measures.includes('0 av 1'), measures);
  must(measures.includes('inget mått än'), measures);
  const learning = await text('/larande');
  must(learning.includes('275 deltagare i de 3 av 17 aktiviteter'), learning);
  const sources = await text('/programmet/kallor');
  must(sources.includes('2023-10-26') && sources.includes('2023-10-25'), sources);
});

await check('a filter is chosen and sent without JavaScript, and stands in the address', async () => {
  const context = await browser.newContext({ locale: 'sv-SE', javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${base}/portfolj`);
  await page.getByLabel('Skede').selectOption('idea');
  await page.getByRole('button', { name: 'Visa' }).click();
  must(new URL(page.url()).searchParams.get('skede') === 'idea', page.url());
  must((await page.getByLabel('Skede').inputValue()) === 'idea', 'the choice is kept');
  await context.close();
});

for (const path of ['/portfolj', '/diarium/offentligt', '/fardplan', '/breddinforande', '/arshjul?fran=2023-01', '/resurser']) await check(`everything is reached by keyboard, and what has the focus can be seen: ${path}`, async () => {
  const context = await browser.newContext({ locale: 'sv-SE' });
  const page = await context.newPage();
  await page.goto(base + path);
  await page.keyboard.press('Tab');
  must((await page.evaluate(() => document.activeElement.className)) === 'skip', 'the first stop leads to the content');
  const reached = new Set();
  // What a closed part hides is reached once it is opened, by its summary.
  const stops = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]')].filter((e) => e.checkVisibility())`;
  for (let n = 0; n < 300; n += 1) {
    const stop = await page.evaluate(`(() => {
      const at = document.activeElement;
      const outline = getComputedStyle(at);
      return { number: ${stops}.indexOf(at), seen: outline.outlineStyle !== 'none' && outline.outlineWidth !== '0px' };
    })()`);
    if (stop.number < 0) break;
    must(stop.seen, `stop ${stop.number} has no outline`);
    reached.add(stop.number);
    await page.keyboard.press('Tab');
  }
  const all = await page.evaluate(`${stops}.length`);
  must(reached.size === all, `${reached.size} of ${all} were reached`);
  await context.close();
});

await check('no link of ours leads nowhere', async () => {
  const context = await browser.newContext({ locale: 'sv-SE' });
  const page = await context.newPage();
  const seen = new Set();
  for (const path of Object.keys(pages)) {
    await page.goto(base + path);
    for (const link of await page.locator('a[href]').evaluateAll((links) => links.map((a) => a.href))) {
      must(link.startsWith(base), `${path}: ${link} leaves the site`);
      const [address, part] = link.split('#');
      if (!seen.has(address)) {
        seen.add(address);
        const { status } = await fetch(address);
        const { pathname } = new URL(address);
        must(status === (pages[pathname] ?? 200), `${path}: ${address} answers ${status}`);
      }
      if (part && address === page.url().split('#')[0]) {
        must((await page.locator(`[id="${part}"]`).count()) === 1, `${path}: #${part} is not there`);
      }
    }
  }
  await context.close();
});

await browser.close();
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
