// Sharing at once: all of a draft or some, for whom, and never from a page that is no longer true.

import { check, must } from '../harness.mjs';
import { mustSayWhy } from '../html.mjs';
import { DONE, MARK } from './desk.mjs';

export async function shared(d) {
  const copy = d.first;
  await check('utkast: without JavaScript some of it is shared, and the rest stays a draft', async () => {
    await d.with('rsskribent', `/utkast/${copy}`, async (page) => {
      await page.getByLabel('Dela Beskrivning').uncheck();
      await d.click(page, 'Dela med länet');
      await d.mustSay(page, DONE.shared);
    });
    const { changes, work } = await d.rsskribent.open(copy);
    must(changes.map(({ label, before, after }) => `${label}:${before}:${after}`).join() === 'Beskrivning:inget:Trygg hemgång från sjukhus.', () => JSON.stringify(changes));
    const { text } = await d.lasare.get(work);
    must(text.includes(`Hemgång utan glapp ${MARK}`) && !text.includes('Trygg hemgång från sjukhus'), 'not just that is shared');
    must(await d.rsskribent.row(copy), 'it is not in the list any more');
  });
  await check('utkast: of a draft of which something is shared nobody says that it is not', async () => {
    const [{ text }, row] = [await d.rsskribent.open(copy), await d.rsskribent.row(copy)];
    must(!text.includes('· Inte delat') && !row.text.includes('Inte delat'), `${text.slice(0, 100)} / ${row.text}`);
  });
  await check('utkast: the rest is shared, and the draft is in the list no more', async () => {
    await d.rsskribent.mustDo(copy, 'dela', DONE.shared);
    const { changes, text, work } = await d.rsskribent.open(copy);
    must(changes.length === 0 && text.includes('Utkastet säger samma sak som det som redan är delat.'), text);
    must((await d.lasare.get(work)).text.includes('Trygg hemgång från sjukhus'), 'not shared');
    must(!(await d.rsskribent.row(copy)), 'it is in the list');
  });
  await check('utkast: the page of what is all shared does not say that it is not, or that it has changed', async () => {
    const { text } = await d.rsskribent.open(copy);
    must(!/· (Inte delat|Ändrat sedan)/.test(text), text.slice(0, 150));
  });
  await check('utkast: what is changed shows what stands today, and what is taken away', async () => {
    await d.edit(copy, '--summary', 'Trygg hemgång från vård.');
    await d.edit(copy, '--set', 'contact-unit=Vårdcentralen');
    await d.rsskribent.mustDo(copy, 'dela', DONE.shared, { uppgift: '/facts/contact-unit' });
    await d.edit(copy, '--remove', 'contact-unit');
    const { changes } = await d.rsskribent.open(copy);
    const shown = changes.map(({ before, after }) => `${before} > ${after}`).sort().join(' | ');
    must(shown === 'Trygg hemgång från sjukhus. > Trygg hemgång från vård. | Vårdcentralen > tas bort', shown);
    await d.rsskribent.mustDo(copy, 'dela', DONE.shared);
    must(!(await d.lasare.get((await d.rsskribent.open(copy)).work)).text.includes('Vårdcentralen</'), 'it stands still');
  });
}

export async function audiences(d) {
  await check("utkast: for 'allmänheten' everybody sees it, for 'parterna' who has signed in", async () => {
    for (const [krets, label, status] of [['public', 'allmänheten', 200], ['parties', 'parterna', 404]]) {
      const copy = await d.write(`Krets ${krets}`);
      await d.with('rsskribent', `/utkast/${copy}`, async (page) => {
        await page.getByLabel('Vilka får se det').selectOption({ label });
        await d.click(page, 'Dela med länet');
        await d.mustSay(page, DONE.shared);
      });
      const { work } = await d.rsskribent.open(copy);
      must((await d.lasare.get(work)).text.includes(`Krets ${krets}`), 'who has signed in does not see it');
      must((await d.nobody.get(work, status)).text.includes(`Krets ${krets}`) === (status === 200), 'everybody');
    }
  });
}

export async function stale(d) {
  await check('utkast: a page that was used once shares nothing the second time, and says why', async () => {
    const copy = await d.write('Två tryck', { summary: 'En gång.' });
    const { form } = await d.rsskribent.open(copy);
    must((await d.rsskribent.send(copy, { ...form, beslut: 'dela' })).status === 303, 'not shared');
    const { work } = await d.rsskribent.open(copy);
    const history = async () => (await d.lasare.get(`${work}/historik`)).text.match(/<main[^]*<\/main>/)[0];
    const before = await history();
    await mustSayWhy(await d.rsskribent.send(copy, { ...form, beslut: 'dela' }), 409, 'release.changed', 'Utkastet har ändrats sedan du läste det');
    must((await history()) === before, 'there is more');
  });
  await check('utkast: what has changed between looking and pressing is not shared', async () => {
    const copy = await d.write('Ändras under tiden', { summary: 'Först.' });
    const { form } = await d.rsskribent.open(copy);
    await d.edit(copy, '--summary', 'Sedan.');
    await d.mustShareNothing(copy, async () => {
      for (const uppgift of [form.uppgift, '/facts/title', '/facts/summary']) {
        await mustSayWhy(await d.rsskribent.send(copy, { ...form, uppgift, beslut: 'dela' }), 409, 'release.changed', 'Öppna utkastet igen');
      }
    });
    await d.rsskribent.mustDo(copy, 'dela', DONE.shared);
  });
}
