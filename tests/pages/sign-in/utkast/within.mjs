// What lies within something else is written on the page too: a value of a measure, under its period.

import { check, must } from '../harness.mjs';

const hidden = (form, name) => form.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1];

// The form of which the place begins so, with what it carries along.
function formAt(page, place) {
  const form = page.split('<form').find((part) => part.includes(`name="plats" value="${place}"`));
  must(form, () => `no form for ${place}`);
  return { form, fields: Object.fromEntries(['skydd', 'lage', 'grupp', 'plats', 'visas'].map((name) => [name, hidden(form, name)])) };
}

// True if the sheet has a value of the own organisation, apart from the form for one more.
const isThere = (page) => /name="plats" value="\/values\/rvn\/[^{]/.test(page);

export async function within({ site, samordnare: { visitor } }) {
  await check('utkast: a value is written within its measure, is told by its measure and period, and is taken away again', async () => {
    const list = JSON.parse((await visitor.get(`${site.base}/api/v1/documents?slag=indicators`)).text);
    const { to } = await visitor.get(`${site.base}/skriv/${list.data.documents[0].document_id}`);
    const sheet = async () => (await visitor.get(to)).text;
    const { form, fields } = formAt(await sheet(), '/values/rvn/{id}/{id}');
    must(form.includes('>Ofrivillig ensamhet<'), 'the measures are not there to choose among');
    const written = await visitor.post(to, { ...fields, 'namn-0': 'ofrivillig-ensamhet', 'namn-1': 'HT 2025', 'v-': '12,5', gor: 'spara' });
    must(written.status === 303 && written.to.includes('klart=sparat'), () => `${written.status} ${written.to} ${written.text}`);
    const after = await sheet();
    must(after.includes('ofrivillig-ensamhet 2025-ht: 12,5'), 'it is not told by its measure and period');
    const there = formAt(after, '/values/rvn/ofrivillig-ensamhet/2025-ht');
    const gone = await visitor.post(to, { ...there.fields, gor: 'bort' });
    must(gone.status === 303 && gone.to.includes('klart=borttaget'), () => `${gone.status} ${gone.to}`);
    must(!isThere(await sheet()), 'it is still there');
  });
  await check('utkast: one more within nothing is told to be no part of the draft, and is not kept', async () => {
    const list = JSON.parse((await visitor.get(`${site.base}/api/v1/documents?slag=indicators`)).text);
    const { to } = await visitor.get(`${site.base}/skriv/${list.data.documents[0].document_id}`);
    const { fields } = formAt((await visitor.get(to)).text, '/values/rvn/{id}/{id}');
    const refused = await visitor.post(to, { ...fields, 'namn-0': '', 'namn-1': '2025', 'v-': '12', gor: 'spara' });
    must(refused.status >= 400 && refused.status < 500, () => `${refused.status} ${refused.text}`);
    must(!isThere((await visitor.get(to)).text), 'something was kept');
  });
}
