// Who sees drafts, and that they see just what would leave.

import { check, guardOf, must } from '../harness.mjs';
import { mustBeValid, mustSayWhy, words } from '../html.mjs';
import { ASSURED, MARK, NOT_THERE } from './desk.mjs';

export async function empty(d) {
  await check('utkast: a list with nothing in it says so', async () => {
    const { text } = await d.hsnbada.get('/utkast');
    must(text.includes('Inget mer är ändrat.') && !text.includes('<table') && !text.includes('Väntar på ditt svar'), () => words(text));
  });
  await d.look('empty', 'hsnbada', '/utkast');
}

export async function whoSees(d) {
  const copy = (d.first = await d.write('Hemgång utan glapp', { summary: 'Trygg hemgång från sjukhus.', private: 'budget=Halvmiljonen' }));
  const forms = ['dela', 'overtrumfa', 'godkann', 'avsla'].map((beslut) => ({ ...ASSURED, beslut, uppgift: '/facts/title', innehall: 'x', krets: 'public', syfte: 'for-information' }));
  const mustHide = (answer) => must(!answer.text.includes(`Hemgång utan glapp ${MARK}`), () => `it shows the title: ${answer.url}`);
  for (const login of ['nobody', 'lasare', 'registrator']) {
    await check(`utkast: ${login} sees no draft and decides nothing, and reads why`, () =>
      d.mustShareNothing(copy, async () => {
        const desk = d[login];
        for (const at of ['/utkast', `/utkast/${copy}`, `/utkast/${NOT_THERE}`]) {
          const answer = await desk.get(at, 403);
          await mustSayWhy(answer, 403, 'role.forbidden', 'Utkast visas för dem som skriver');
          mustHide(answer);
          if (login === 'nobody') must(answer.text.includes(`href="/logga-in?till=${encodeURIComponent(at)}"`), 'no way to sign in');
        }
        const { text } = await desk.get('/');
        must(!text.includes('href="/utkast"'), 'the menu leads there');
        for (const form of forms) await mustSayWhy(await desk.send(copy, { ...form, skydd: guardOf(text) ?? '' }), 403, 'role.forbidden');
      }),
    );
  }
  for (const login of ['rsskribent', 'rsslappare', 'samordnare']) {
    await check(`utkast: ${login} finds the draft by the menu, with its authority and state`, () =>
      d.with(login, '/', async (page) => {
        await page.getByRole('link', { name: 'Utkast', exact: true }).click();
        must((await page.getByRole('navigation', { name: 'Huvudmeny' }).locator('[aria-current=page]').textContent()) === 'Utkast', 'not marked');
        const row = page.getByRole('row').filter({ hasText: `Hemgång utan glapp ${MARK}` });
        must(/Regionstyrelsen\s+Inte delat/.test(await row.textContent()), await row.textContent());
        await row.getByRole('link').click();
        await page.getByRole('heading', { name: `Hemgång utan glapp ${MARK}`, level: 1 }).waitFor();
      }),
    );
  }
  for (const login of ['hsnskribent', 'hsnlappare']) {
    await check(`utkast: ${login}, of another authority, neither sees the draft nor decides on it`, () =>
      d.mustShareNothing(copy, async () => {
        const desk = d[login];
        must(!(await desk.row(copy)), 'it is in the list');
        const answer = await desk.get(`/utkast/${copy}`, 404);
        await mustSayWhy(answer, 404, 'input.not_found', 'Det finns inget sådant utkast');
        mustHide(answer);
        must(answer.text === (await desk.get(`/utkast/${NOT_THERE}`, 404)).text, 'the page tells it from a draft that there is not');
        const skydd = await desk.guard();
        for (const form of forms) await mustSayWhy(await desk.send(copy, { ...form, skydd }), 404, 'input.not_found');
      }),
    );
  }
  await check('utkast: addresses that lead to no draft', async () => {
    for (const id of [NOT_THERE, 'x', '%00', '..%2F', copy.slice(0, 8), `${copy}0`]) await mustSayWhy(await d.rsskribent.get(`/utkast/${id}`, 404), 404, 'input.not_found');
  });
}

export async function asItIs(d) {
  const prose = `Rad ett\nRad två med "citat" & 'apostrof'\n<b>fet</b> ${'lång text med många ord '.repeat(90)}\nعربي \u202Etxet\u202C slut`;
  const shown = prose.replace('\u202E', '[U+202E]').replace('\u202C', '[U+202C]');
  const hostile = `<script>window.elak=1</script> "A" 'B' &amp; \u05E9\u05DC\u05D5\u05DD`;
  await check('utkast: what would leave stands there word for word, however it is written', async () => {
    d.hostile = await d.write(hostile, { summary: prose, set: `contact-unit="><img src=x onerror=window.elak=1>` });
    const { changes, html } = await d.rsskribent.open(d.hostile);
    must(prose.length > 2_000 && !/<script|<img|<b>/.test(html), 'markup');
    must(changes.map(({ after }) => after).includes(shown), () => JSON.stringify(changes));
    must(changes.some(({ label, before, after }) => label === 'Titel' && before === 'inget' && after === `${hostile} ${MARK}`), () => JSON.stringify(changes));
    await mustBeValid(html);
    const list = await d.rsskribent.get('/utkast');
    must(list.headers['cache-control'] === 'no-store', `cache-control: ${list.headers['cache-control']}`);
    await mustBeValid(list.text);
    await d.with('rsskribent', `/utkast/${d.hostile}`, async (page) => {
      must((await page.evaluate(() => window.elak)) === undefined, 'it ran');
      must((await page.locator('td.value').allTextContents()).includes(shown), 'the browser shows something else');
    }, {});
  });
  await check('utkast: the page says to whom, for what and with what effect, and by which rules', async () => {
    const { text, form, html } = await d.rsskribent.open(d.first);
    for (const said of ['Vilka får se det', 'Dela med länet: blir allmän handling hos åtta organisationer.', 'Syfte: för kännedom.', 'Det kan rättas men inte tas tillbaka.', 'Bedömt efter myndighetens regler, version']) {
      must(text.includes(said), () => `not '${said}': ${text}`);
    }
    must(form.krets === 'parties' && form.syfte === 'for-information' && !html.includes('value="for-comment"'), JSON.stringify(form));
  });
  await check('utkast: private notes are not among what would leave', async () => {
    const { html, changes } = await d.rsskribent.open(d.first);
    must(changes.length === 2 && !html.includes('Halvmiljonen'), () => JSON.stringify(changes));
  });
  await check('utkast: nothing is shared by looking', () =>
    d.mustShareNothing(d.first, async () => {
      for (const desk of [d.rsskribent, d.rsslappare, d.samordnare]) await desk.open(d.first), await desk.row(d.first);
    }),
  );
}
