// What the scanner finds: held back, shared without it, or overruled by a releaser.

import { brief, check, must } from '../harness.mjs';
import { mustSayWhy } from '../html.mjs';
import { ASSURED, DONE, MARK, OWN_WORD, PERSONAL_NUMBER } from './desk.mjs';

export async function found(d) {
  const copy = (d.secret = await d.write('Samverkan om boende', {
    summary: `Ärende ${PERSONAL_NUMBER} hos leverantören.`,
    set: `contact-unit=Frågor till ${OWN_WORD} eller namn@gmail.com`,
  }));
  await check('utkast: what the scanner finds is marked where it stands, told with its rule, and not ticked', async () => {
    const { changes, held } = await d.rsskribent.open(copy);
    const marked = Object.fromEntries(changes.map(({ label, ticked, marked }) => [label, [ticked, ...marked].join()]));
    must(marked.Titel === 'true' && marked.Beskrivning === `false,${PERSONAL_NUMBER}`, JSON.stringify(marked));
    must(Object.values(marked).includes(`false,${OWN_WORD},namn@gmail.com`), JSON.stringify(marked));
    const codes = held.map((row) => row.match(/tecken \d+–\d+ Regel: (secrecy\.\w+)/)?.[1]).sort().join();
    must(codes === 'secrecy.own_word,secrecy.personal_number,secrecy.private_address', JSON.stringify(held));
  });
  await check('utkast: who writes cannot share what is held, ticked or by hand', () =>
    d.mustShareNothing(copy, async () => {
      const { text, changes } = await d.rsskribent.open(copy);
      must(!text.includes('Dela trots') && !text.includes('Jag har läst'), 'the page offers it');
      const uppgift = changes.map(({ path }) => path);
      await d.rsskribent.mustDo(copy, 'dela', DONE.held, { uppgift });
      await d.rsskribent.mustDo(copy, 'dela', DONE.held, { uppgift: '/facts/summary' });
      await mustSayWhy(await d.rsskribent.press(copy, 'overtrumfa', { ...ASSURED, uppgift }), 403, 'role.forbidden', 'Räcker inte din roll');
    }),
  );
  await d.look('share-some', 'rsskribent', `/utkast/${copy}`);
  await check('utkast: who writes shares the rest, as the page proposes', async () => {
    await d.with('rsskribent', `/utkast/${copy}`, async (page) => {
      await d.click(page, 'Dela med länet');
      await d.mustSay(page, DONE.shared);
      await page.getByText('Inget av utkastet kan delas förrän det är rättat').waitFor();
      must((await page.getByRole('checkbox').count()) === 0, 'there is something to choose');
    });
    const { work } = await d.rsskribent.open(copy);
    const { text } = await d.lasare.get(work);
    must(text.includes(`Samverkan om boende ${MARK}`) && !text.includes(PERSONAL_NUMBER) && !text.includes(OWN_WORD), 'more is shared');
  });
  await d.look('held-back', 'rsskribent', `/utkast/${copy}?klart=hejdat`);
}

export async function overruled(d) {
  const copy = d.secret;
  await check('utkast: a releaser overrules only with a reason and an assurance', () =>
    d.mustShareNothing(copy, async () => {
      const uppgift = (await d.rsslappare.open(copy)).changes.map(({ path }) => path);
      await mustSayWhy(await d.rsslappare.press(copy, 'overtrumfa', ASSURED), 422, 'input.empty', 'Ingen uppgift är vald');
      const refused = [
        [{ ...ASSURED, skal: '' }, 422, 'input.empty', 'Ett skäl saknas'],
        [{ ...ASSURED, skal: ' \t ' }, 422, 'input.empty', 'Ett skäl saknas'],
        [{ ...ASSURED, skal: 'å'.repeat(2_001) }, 422, 'input.too_long', 'Skälet är för långt'],
        [{ ...ASSURED, intygar: undefined }, 422, 'input.empty', 'Försäkran saknas'],
        [{ ...ASSURED, innehall: 'x'.repeat(64) }, 409, 'release.changed', 'Utkastet har ändrats'],
      ];
      for (const [changed, ...said] of refused) await mustSayWhy(await d.rsslappare.press(copy, 'overtrumfa', { uppgift, ...changed }), ...said);
      await d.rsslappare.press(copy, 'dela'); // refused or held, never shared
    }),
  );
  await d.look('overrule', 'rsslappare', `/utkast/${copy}`);
  await check('utkast: with both it is shared, by the releaser alone', async () => {
    await d.with('rsslappare', `/utkast/${copy}`, async (page) => {
      await page.getByText('Säker digital kommunikation').waitFor();
      await page.getByLabel('Dela Beskrivning').check();
      await page.getByLabel('Dela Kontakt, enhet').uncheck();
      await page.getByLabel('Jag har läst det som är markerat').check();
      await page.getByLabel('Varför det delas ändå').fill(ASSURED.skal);
      await d.click(page, 'Dela trots det som är markerat');
      await d.mustSay(page, DONE.shared);
    });
    const { work, changes } = await d.rsslappare.open(copy);
    must((await d.lasare.get(work)).text.includes(PERSONAL_NUMBER), 'it is not shared');
    must(changes.length === 1 && changes[0].marked.length === 2, () => JSON.stringify(changes));
  });
  await check('utkast: what is found in a draft that waits for an answer is overruled on the page too', async () => {
    const asked = await d.write('Väntar och är hittat', { authority: 'hsn', summary: 'Ett ärende.' });
    await d.hsnskribent.mustDo(asked, 'dela', DONE.waits);
    await d.edit(asked, '--summary', `Ärende ${PERSONAL_NUMBER}.`);
    const uppgift = (await d.hsnlappare.open(asked)).changes.map(({ path }) => path);
    await d.hsnlappare.mustDo(asked, 'overtrumfa', DONE.shared, { ...ASSURED, uppgift });
  });
  await check('utkast: another text is found again', async () => {
    await d.edit(copy, '--summary', `Ärende ${PERSONAL_NUMBER} hos leverantören, ändrat.`);
    const { changes } = await d.rsskribent.open(copy);
    must(changes.some(({ label, marked }) => label === 'Beskrivning' && marked.join() === PERSONAL_NUMBER), () => JSON.stringify(changes));
    const { form } = await d.rsslappare.open(copy);
    await d.mustShareNothing(copy, async () => {
      const answer = await d.rsskribent.send(copy, { ...form, skydd: await d.rsskribent.guard(), uppgift: '/facts/summary', beslut: 'dela' });
      must(answer.to?.endsWith('klart=hejdat'), () => brief(answer));
    });
  });
}

export async function notOverruled(d) {
  await check('utkast: no other rule is overruled', async () => {
    const copy = await d.write('Ingen titel än', { summary: `Ärende ${PERSONAL_NUMBER}.` });
    await d.mustShareNothing(copy, async () => {
      const answer = await d.rsslappare.press(copy, 'overtrumfa', { ...ASSURED, uppgift: '/facts/summary' });
      must(answer.to?.endsWith('klart=hejdat'), () => brief(answer));
    });
  });
  await check('utkast: in whatever kind of field something is found, it is marked', async () => {
    const copy = (d.reference = await d.write('Parter', { partners: `Timrå,partner:${PERSONAL_NUMBER}` }));
    const { changes, held } = await d.rsslappare.open(copy);
    must(held.length === 1 && changes.some(({ marked }) => marked.join().includes(PERSONAL_NUMBER)), () => JSON.stringify([held, changes]));
  });
  await check('utkast: nothing is let out that is not marked, however much is found', async () => {
    const copy = await d.write('Många nummer', { summary: Array.from({ length: 30 }, (_, n) => `Ärende ${n + 1} är ${PERSONAL_NUMBER} där. `).join('Och sedan nästa. ') });
    const { changes } = await d.rsslappare.open(copy);
    const marked = changes.flatMap((change) => change.marked).length;
    if (marked === 30) return;
    const before = await d.standing(copy);
    await d.rsslappare.press(copy, 'overtrumfa', ASSURED);
    must((await d.standing(copy)) === before, `30 numbers were let out and ${marked} were marked`);
  });
}
