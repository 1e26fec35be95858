// Secrecy marks: what is marked is not shared, by anybody, until the mark is taken away.

import { brief, check, must } from '../harness.mjs';
import { mustSayWhy } from '../html.mjs';
import { ASSURED, DONE, MARK, PERSONAL_NUMBER } from './desk.mjs';

const SUMMARY = { plats: '/facts/summary', bestammelse: '19:3' };
const CITED = 'OSL 19 kap. 3 § (upphandling)';

export async function marked(d) {
  const copy = await d.write('Larm på väg', { summary: `Anbudet ${PERSONAL_NUMBER}.` });
  await check('utkast: who writes marks a field on the page, with a provision of the list', async () => {
    await d.with('rsskribent', `/utkast/${copy}`, async (page) => {
      await page.getByLabel('Vad', { exact: true }).selectOption({ label: 'Beskrivning' });
      await page.getByLabel('Bestämmelse i offentlighets- och sekretesslagen').selectOption('19:3');
      await page.getByLabel('Anteckning för er själva').fill('Tills avtalet är skrivet');
      await d.click(page, 'Markera');
      await d.mustSay(page, 'Sekretessmarkerat.');
    });
    const { text, held, changes } = await d.rsskribent.open(copy);
    must(text.includes(CITED) && text.includes('Tills avtalet är skrivet') && text.includes('en varning, inget beslut'), text);
    must(held.some((row) => row.includes('secrecy.marked')), () => JSON.stringify(held));
    must(changes.some(({ label, ticked }) => label === 'Beskrivning' && !ticked), () => JSON.stringify(changes));
  });
  await d.look('marked', 'rsskribent', `/utkast/${copy}?klart=markera`);
  await check('utkast: what is marked is shared by nobody, and no releaser sets that aside', () =>
    d.mustShareNothing(copy, async () => {
      const [{ text }, { form, changes }] = [await d.rsslappare.open(copy), await d.rsskribent.open(copy)];
      const uppgift = changes.map(({ path }) => path);
      must(!text.includes('Dela trots'), 'the page offers it');
      await d.rsskribent.mustDo(copy, 'dela', DONE.held, { uppgift: '/facts/summary' });
      const skydd = await d.rsslappare.guard();
      const answer = await d.rsslappare.send(copy, { ...form, ...ASSURED, skydd, uppgift, beslut: 'overtrumfa' });
      must(answer.to?.endsWith('klart=hejdat'), () => brief(answer));
    }),
  );
  await check('utkast: only who writes marks, and only with a provision that can be one', async () => {
    const { text } = await d.rsslappare.open(copy);
    must(!text.includes('Sekretessmarkera Vad') && text.includes(CITED), 'a releaser is offered to mark');
    await mustSayWhy(await d.rsslappare.press(copy, 'markera', SUMMARY), 403, 'role.forbidden');
    await mustSayWhy(await d.rsslappare.press(copy, 'avmarkera', SUMMARY), 403, 'role.forbidden');
    await mustSayWhy(await d.hsnskribent.send(copy, { ...SUMMARY, beslut: 'avmarkera', skydd: await d.hsnskribent.guard() }), 404, 'input.not_found');
    for (const bestammelse of ['', 'kap 3', '15:2', '<script>']) {
      await mustSayWhy(await d.rsskribent.press(copy, 'markera', { ...SUMMARY, bestammelse }), 422, 'secrecy.provision', 'Bestämmelsen går inte att använda');
    }
    const { held } = await d.rsskribent.open(copy);
    must(held.some((row) => row.includes('secrecy.marked')), 'the mark is gone');
  });
  await check('utkast: a mark on the whole draft keeps all of it, and another provision than those of the list is one', async () => {
    await d.rsskribent.mustDo(copy, 'markera', 'Sekretessmarkerat.', { plats: '/', bestammelse: '', annan: '20:3' });
    const { text } = await d.rsskribent.open(copy);
    must(text.includes('Hela arbetet') && text.includes('OSL 20 kap. 3 §') && text.includes('Inget av utkastet kan delas'), text);
    await d.rsskribent.mustDo(copy, 'avmarkera', 'Markeringen är borttagen.', { plats: '/' });
  });
  await check('utkast: where the mark is taken away what it covered can be shared', async () => {
    await d.edit(copy, '--summary', 'Avtalet är skrivet.');
    await d.with('rsskribent', `/utkast/${copy}`, async (page) => {
      await d.click(page, 'Ta bort markeringen av Beskrivning');
      await d.mustSay(page, 'Markeringen är borttagen.');
      await d.click(page, 'Dela med länet');
      await d.mustSay(page, DONE.shared);
    });
    const { work } = await d.rsskribent.open(copy);
    const { text } = await d.lasare.get(work);
    must(text.includes(`Larm på väg ${MARK}`) && text.includes('Avtalet är skrivet.') && !text.includes('19 kap.'), 'something else is shared');
  });
}
