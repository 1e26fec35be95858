// Sharing once a releaser has said yes.

import { brief, check, must } from '../harness.mjs';
import { mustSayWhy } from '../html.mjs';
import { ASSURED, DONE, MARK, NAMES } from './desk.mjs';

export async function asked(d) {
  const copy = (d.asks = await d.write('Gemensam vårdplan', { authority: 'hsn', summary: 'En plan för varje patient.' }));
  await check('utkast: where the rules want a yes, the page asks for it and shares nothing', () =>
    d.mustShareNothing(copy, () =>
      d.with('hsnskribent', `/utkast/${copy}`, async (page) => {
        await page.getByText('Myndighetens regler kräver att en frisläppare godkänner först.').first().waitFor();
        await d.click(page, 'Be om att få dela');
        await d.mustSay(page, DONE.waits);
        must((await page.getByRole('button', { name: /Dela|Be om|Svara/ }).count()) === 0, 'there is a button still');
      }),
    ),
  );
  await check("utkast: it is under 'Väntar på ditt svar' for the releaser alone, with its age", async () => {
    for (const [login, list] of [['hsnskribent', 'ovriga'], ['hsnlappare', 'svara'], ['hsnbada', 'svara']]) {
      const row = await d[login].row(copy);
      must(row?.list === list && row.text.includes(`${NAMES.hsn} Väntar på godkännande, mindre än en timme`), () => `${login}: ${JSON.stringify(row)}`);
    }
  });
  await check('utkast: who writes cannot answer, on the page or by hand', () =>
    d.mustShareNothing(copy, async () => {
      const { form } = await d.hsnlappare.open(copy);
      const skydd = await d.hsnskribent.guard();
      must(!(await d.hsnskribent.open(copy)).text.includes('Ditt svar'), 'there is a form');
      for (const beslut of ['godkann', 'avsla']) await mustSayWhy(await d.hsnskribent.send(copy, { ...form, skydd, beslut, skal: 'x' }), 403, 'role.forbidden');
      must((await d.hsnlappare.row(copy)).list === 'svara', 'it waits no more');
    }),
  );
}

export async function answered(d) {
  const copy = d.asks;
  const reason = `Kostnaden är inte beslutad <b>än</b> & "mer" ${MARK}`;
  await check('utkast: a refusal needs a reason', () =>
    d.mustShareNothing(copy, async () => {
      for (const skal of ['', '  ', undefined]) await mustSayWhy(await d.hsnlappare.press(copy, 'avsla', { skal }), 422, 'input.empty', 'Ett skäl saknas');
      await mustSayWhy(await d.hsnlappare.press(copy, 'avsla', { skal: 'å'.repeat(2_001) }), 422, 'input.too_long', 'Skälet är för långt');
      must((await d.hsnlappare.row(copy)).list === 'svara', 'it waits no more');
    }),
  );
  await check('utkast: who wrote it sees that it was refused, and why', async () => {
    await d.mustShareNothing(copy, () =>
      d.with('hsnlappare', `/utkast/${copy}`, async (page) => {
        await page.getByLabel('Avslå (skriv skäl)').check();
        await page.getByLabel('Skäl', { exact: true }).fill(reason);
        await d.click(page, 'Svara');
        await d.mustSay(page, DONE.refused);
      }),
    );
    const [row, { text }] = [await d.hsnskribent.row(copy), await d.hsnskribent.open(copy)];
    must(row?.list === 'ovriga' && row.text.includes(`Avslaget Skäl: ${reason}`), JSON.stringify(row));
    must(text.includes('Avslaget') && text.includes(reason), text);
    must((await d.hsnlappare.row(copy))?.list !== 'svara', 'it waits still');
  });
  await check('utkast: asked for again and approved it is shared, as it was asked for', async () => {
    await d.hsnskribent.mustDo(copy, 'dela', DONE.waits, { krets: 'public', syfte: 'for-decision' });
    const { form, text } = await d.hsnlappare.open(copy);
    must(text.includes('Dela med alla: blir allmän handling hos åtta organisationer och visas öppet för allmänheten.') && text.includes('Syfte: för beslut.'), text);
    await d.with('hsnlappare', '/utkast', async (page) => {
      await page.getByRole('link', { name: `Gemensam vårdplan ${MARK}` }).click();
      await page.getByLabel('Godkänn och dela').check();
      await d.click(page, 'Svara');
      await d.mustSay(page, DONE.shared);
    });
    const { work, changes } = await d.hsnskribent.open(copy);
    must(changes.length === 0 && (await d.nobody.get(work)).text.includes('En plan för varje patient.'), 'it is not shared');
    for (const beslut of ['godkann', 'avsla']) await mustSayWhy(await d.hsnlappare.send(copy, { ...form, beslut, skal: 'x' }), 409, 'release.not_waiting', 'Inget väntar på svar här');
  });
  await check('utkast: of what was asked for only in part nothing else is shared', async () => {
    const part = await d.write('Bara titeln', { authority: 'hsn', summary: 'Inte detta.' });
    await d.hsnskribent.mustDo(part, 'dela', DONE.waits, { uppgift: '/facts/title' });
    const { changes } = await d.hsnlappare.open(part);
    must(changes.map(({ label }) => label).join() === 'Titel,Beskrivning ingår inte i det som någon har bett om', () => JSON.stringify(changes));
    await d.hsnlappare.mustDo(part, 'godkann', DONE.shared);
    const left = await d.hsnskribent.open(part);
    must(left.changes.map(({ label }) => label).join() === 'Beskrivning' && !(await d.lasare.get(left.work)).text.includes('Inte detta.'), () => JSON.stringify(left.changes));
    await d.hsnbada.mustDo(part, 'dela', DONE.waits);
    await d.hsnbada.mustDo(part, 'godkann', DONE.shared);
  });
}

export async function excepted(d) {
  await check("utkast: 'Be om att få dela' shares nothing at once, whatever is chosen beside it", async () => {
    const copy = await d.write('Undantag', { authority: 'hsn' });
    await d.mustShareNothing(copy, () =>
      d.with('hsnskribent', `/utkast/${copy}`, async (page) => {
        await page.getByLabel('Syfte').selectOption('jointly-maintained');
        await d.click(page, 'Be om att få dela');
      }),
    );
  });
}

export async function changedMeanwhile(d) {
  const copy = await d.write('Ändras efter begäran', { authority: 'hsn', summary: 'Som begärt.' });
  await check('utkast: what has changed since it was asked for cannot be approved', async () => {
    await d.hsnskribent.mustDo(copy, 'dela', DONE.waits);
    const { form } = await d.hsnlappare.open(copy);
    await d.edit(copy, '--summary', 'Något annat.');
    await d.mustShareNothing(copy, async () => {
      await mustSayWhy(await d.hsnlappare.send(copy, { ...form, beslut: 'godkann' }), 409, 'release.changed', 'Utkastet har ändrats sedan du läste det');
      await mustSayWhy(await d.hsnlappare.press(copy, 'godkann'), 409, 'release.changed');
    });
    const { text } = await d.hsnlappare.open(copy);
    must(text.includes('Utkastet har ändrats sedan någon bad om att få dela det.') && !text.includes('Ditt svar'), text);
  });
  await d.look('asked-for-something-else', 'hsnlappare', `/utkast/${copy}`);
  await check('utkast: what has changed since it was asked for can be refused, for a reason, and nothing else', async () => {
    const row = await d.hsnlappare.row(copy);
    must(row?.list === 'svara' && row.text.includes('Ändrat efter begäran'), () => JSON.stringify(row));
    const { text } = await d.hsnlappare.open(copy);
    must(text.includes('Avslå begäran') && !text.includes('Godkänn och dela'), text);
    const writes = await d.hsnskribent.open(copy);
    must(writes.text.includes('Utkastet har ändrats') && !writes.text.includes('Avslå begäran'), writes.text);
    await d.mustShareNothing(copy, async () => {
      await mustSayWhy(await d.hsnlappare.press(copy, 'avsla'), 422, 'input.empty');
      await d.hsnlappare.mustDo(copy, 'avsla', DONE.refused, { skal: 'Skriv klart först.' });
    });
    must((await d.hsnskribent.open(copy)).text.includes('Skriv klart först.'), 'whoever writes is not told');
  });
  await check('utkast: what has changed since it was asked for is asked for again on the page', async () => {
    await d.hsnskribent.mustDo(copy, 'dela', DONE.waits);
    await d.hsnlappare.mustDo(copy, 'godkann', DONE.shared);
  });
  await check('utkast: what says again what is shared waits for nobody', async () => {
    const back = await d.write('Ångrat', { authority: 'hsn', summary: 'Delat.' });
    await d.hsnbada.mustDo(back, 'dela', DONE.waits);
    await d.hsnbada.mustDo(back, 'godkann', DONE.shared);
    await d.edit(back, '--summary', 'Ändrat.');
    await d.hsnskribent.mustDo(back, 'dela', DONE.waits);
    await d.edit(back, '--summary', 'Delat.');
    const row = await d.hsnlappare.row(back);
    must(row?.list !== 'svara' || (await d.hsnlappare.open(back)).text.includes('Ditt svar'), 'the releaser is to answer, and cannot');
  });
}

export async function handsOff(d) {
  await check('utkast: a releaser who shares by hand has to be answered too, where the rules want it', async () => {
    const copy = await d.write('Frisläpparens egen', { authority: 'hsn' });
    await d.mustShareNothing(copy, async () => {
      const { form } = await d.samordnare.open(copy);
      const answer = await d.hsnlappare.send(copy, { ...form, skydd: await d.hsnlappare.guard(), beslut: 'dela' });
      must(answer.status === 403 || answer.to?.endsWith('klart=begart'), () => brief(answer));
    });
  });
  await check('utkast: a releaser who does not write shares nothing by hand that nobody has asked for', async () => {
    const copy = await d.write('Ingen har bett');
    const { form, text } = await d.rsslappare.open(copy);
    must(!text.includes('Dela med länet:'), 'the page has a form');
    const seen = await d.samordnare.open(copy);
    await d.mustShareNothing(copy, async () => {
      const answer = await d.rsslappare.send(copy, { ...seen.form, skydd: form.skydd ?? (await d.rsslappare.guard()), beslut: 'dela' });
      must(answer.status === 403, () => brief(answer));
    });
  });
  await check('utkast: where the scanner finds nothing there is nothing to overrule, and nobody gets past the rules by it', async () => {
    const copy = await d.write('Inget är hittat', { authority: 'hsn' });
    const { form } = await d.samordnare.open(copy);
    await d.mustShareNothing(copy, async () => {
      await d.hsnlappare.send(copy, { ...form, ...ASSURED, skydd: await d.hsnlappare.guard(), beslut: 'overtrumfa' });
    });
  });
}
