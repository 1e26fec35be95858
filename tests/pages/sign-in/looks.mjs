// In headless Chromium: in and out without JavaScript, the back button, axe-core on every page that signing in has brought.

import { readFile } from 'node:fs/promises';
import { worksOf } from './flow.mjs';
import { check, must, unloggable } from './harness.mjs';
import { mustBeValid } from './html.mjs';
import { PEOPLE } from './provider.mjs';
import { FORGERIES } from './tokens.mjs';
import { WAIT_MS } from './visitor.mjs';

const MODES = {
  light: {},
  dark: { media: { colorScheme: 'dark' } },
  contrast: { media: { forcedColors: 'active' } },
  narrow: { size: { width: 320, height: 640 } },
};

// `html`: the page as it came, where what the browser made of it would not do. With `pictures`, a picture in each mode is kept
// under that name.
export async function mustLookWell(page, axe, { html, pictures } = {}) {
  const text = html ?? (await page.content());
  for (const [mode, { media = {}, size = { width: 1280, height: 720 } }] of Object.entries(MODES)) {
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', ...media });
    await page.setViewportSize(size);
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const faults = found.violations.map((v) => `${mode}: ${v.id} (${v.impact}): ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
    must(faults.length === 0, faults.join('\n'));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    must(wide <= 0, `${mode}: the page is ${wide} pixels wider than its window`);
    if (pictures) await page.screenshot({ path: `${pictures}-${mode}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  await mustBeValid(text);
}

export async function mustPrintWell(page, axe) {
  await page.emulateMedia({ media: 'print', colorScheme: 'light', forcedColors: 'none' });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  await page.emulateMedia({ media: 'screen' });
  must(violations.length === 0, () => violations.map((v) => `${page.url()}: ${v.id}: ${v.help}`).join('\n'));
}

export async function atTheForm(page, login) {
  await page.getByLabel('Användare').fill(login);
  await page.getByRole('button', { name: 'Fortsätt' }).click();
}

export async function openPage(browser, options) {
  const context = await browser.newContext({ locale: 'sv-SE', ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(WAIT_MS);
  return { context, page: await context.newPage() };
}

// A browser in which somebody has signed in, at a page of the site.
export async function enterIn(browser, site, login, at, options = { javaScriptEnabled: false }) {
  const { context, page } = await openPage(browser, options);
  await page.goto(`${site.base}/logga-in?till=${encodeURIComponent(at)}`);
  await atTheForm(page, login);
  await page.waitForURL((url) => url.href.startsWith(site.base));
  for (const { name, value } of await context.cookies()) if (name === site.cookieName) unloggable.add(value);
  return { context, page };
}

// Over plain HTTP: what comes by a certificate that the browser does not know is never kept, and would prove nothing.
export async function backButton(site, browser, login, title) {
  await check('browser: the back button shows nothing after signing out', async () => {
    const { context, page } = await openPage(browser);
    await page.goto(`${site.base}/portfolj`);
    await page.getByRole('link', { name: 'Logga in' }).click();
    await atTheForm(page, login);
    await page.waitForURL(`${site.base}/portfolj`);
    await page.getByText(title).first().waitFor();
    await page.getByRole('button', { name: 'Logga ut' }).click();
    await page.waitForURL(`${site.base}/utloggad`);
    await page.goBack();
    must((await page.getByText('Inloggad som').count()) === 0, "'Inloggad som' is there again");
    must((await page.getByText(title).count()) === 0, `'${title}' is there again`);
    await context.close();
  });
}

export const axeSource = () => readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

export async function inABrowser(site, browser, { title }) {
  const axe = await axeSource();
  const open = (options) => openPage(browser, options);
  const { works } = await worksOf(site, await site.enter('lasare'));

  await check('browser without JavaScript: in by the link, read, out by the button, with the keyboard alone', async () => {
    const { context, page } = await open({ javaScriptEnabled: false });
    await page.goto(`${site.base}/portfolj?skede=ongoing`);
    await page.getByRole('link', { name: 'Logga in' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Användare').waitFor();
    await page.keyboard.press('Tab');
    await page.getByLabel('Användare').focus();
    await page.keyboard.type('lasare');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${site.base}/portfolj?skede=ongoing`);
    await page.getByText(`Inloggad som ${PEOPLE.entra.lasare.name}`).waitFor();
    must((await page.getByText(title).count()) > 0, `'${title}' is not on the page`);
    await page.getByRole('button', { name: 'Logga ut' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${site.base}/utloggad`);
    await page.goto(`${site.base}/portfolj?skede=ongoing`);
    must((await page.getByText('Inloggad som').count()) === 0 && (await page.getByText(title).count()) === 0, 'still signed in');
    await context.close();
  });
  await check('browser: nothing is held back by the content security policy, from the link to /utloggad', async () => {
    const { context, page } = await open();
    const said = [];
    page.on('console', (message) => message.type() === 'error' && page.url().startsWith(site.base) && said.push(message.text()));
    await page.goto(`${site.base}/`);
    await page.getByRole('link', { name: 'Logga in' }).click();
    await atTheForm(page, 'lasare');
    await page.getByRole('button', { name: 'Logga ut' }).click();
    await page.waitForURL(`${site.base}/utloggad`);
    must(said.length === 0, said.join('\n'));
    await context.close();
  });

  const looks = async (name, visit) =>
    check(`looks: ${name}`, async () => {
      const { context, page } = await open({ bypassCSP: true });
      try {
        await visit(page);
        await mustLookWell(page, axe);
      } finally {
        await context.close();
      }
    });
  const enter = async (page, login, at) => {
    await page.goto(`${site.base}/logga-in?till=${encodeURIComponent(at)}`);
    await atTheForm(page, login);
    await page.waitForURL((url) => url.href.startsWith(site.base));
  };
  for (const at of ['/', '/portfolj', `/arbete/${works[0].document_id}`, '/noder', '/om', '/om?sprak=en']) {
    await looks(`signed in, ${at.slice(0, 20)}`, (page) => enter(page, 'samordnare', at));
  }
  await looks('signed in with a long and odd name', (page) => enter(page, 'elak', '/portfolj'));
  await looks('/utloggad', async (page) => {
    await enter(page, 'lasare', '/');
    await page.getByRole('button', { name: 'Logga ut' }).click();
    await page.waitForURL(`${site.base}/utloggad`);
  });
  await looks('/utloggad in English', (page) => page.goto(`${site.base}/utloggad?sprak=en`));
  await looks('sign_in.state', (page) => page.goto(site.redirect));
  await looks('sign_in.state in English', (page) => page.goto(`${site.redirect}?sprak=en`));
  await looks('sign_in.no_role', (page) => enter(page, 'utan', '/'));
  await looks('sign_in.refused', async (page) => {
    await page.goto(`${site.base}/logga-in?till=%2F`);
    await page.getByRole('button', { name: 'Avbryt' }).click();
    await page.waitForURL((url) => url.href.startsWith(site.base));
  });
  await looks('sign_in.token', async (page) => {
    site.provider.forge = FORGERIES['for another audience'];
    await enter(page, 'lasare', '/').finally(() => (site.provider.forge = null));
  });
  await looks('sign_in.provider', async (page) => {
    await page.goto(`${site.base}/logga-in?till=%2F`);
    site.provider.alterToken = (_, ctx) => ctx.res.socket.destroy();
    await atTheForm(page, 'lasare');
    await page.waitForURL((url) => url.href.startsWith(site.base)).finally(() => (site.provider.alterToken = null));
  });
  await looks('sign_in.forged', async (page) => {
    await enter(page, 'lasare', '/');
    await page.evaluate(() => (document.querySelector('[name=skydd]').value = 'x'));
    await page.getByRole('button', { name: 'Logga ut' }).click();
    await page.waitForURL(`${site.base}/logga-ut`);
  });
}
