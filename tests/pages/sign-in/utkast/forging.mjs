// Forms that no page has sent.

import { brief, check, must } from '../harness.mjs';
import { mustBeValid, mustSayWhy } from '../html.mjs';
import { DONE, Desk, draftOf } from './desk.mjs';

export async function forms(d) {
  const copy = (d.kept = await d.write('Formulär', { summary: 'Ligger kvar.', set: 'contact-unit=Vårdcentralen' }));
  await check('utkast: a new work is not shared without its title, and the page says that this is why', async () => {
    await d.mustShareNothing(copy, async () => {
      const answer = await d.rsskribent.press(copy, 'dela', { uppgift: '/facts/summary' });
      const { text } = draftOf((await d.rsskribent.visitor.get(answer.to)).text);
      must(/titel/.test(text.slice(0, text.indexOf('Detta lämnar'))), text);
    });
  });
  await d.rsskribent.press(copy, 'dela', { uppgift: '/facts/title' });
  await check("utkast: a form without this session's 'skydd' is refused", () =>
    d.mustShareNothing(copy, async () => {
      const { form } = await d.rsskribent.open(copy);
      const others = await new Desk(d.site, await d.site.enter('rsskribent')).guard();
      must(others && others !== form.skydd, 'two sessions have the same');
      for (const skydd of [undefined, '', 'x', others, `${form.skydd}x`, form.skydd.slice(1)]) {
        await mustSayWhy(await d.rsskribent.send(copy, { ...form, skydd, beslut: 'dela' }), 403, 'sign_in.forged', 'Formuläret gäller inte längre');
      }
    }),
  );
  const wrong = {
    'no decision': [{ beslut: '' }, 422, 'input.empty'],
    'a decision that there is not': [{ beslut: 'elda' }, 422, 'input.empty'],
    'an answer to what nobody has asked': [{ beslut: 'godkann' }, 409, 'release.not_waiting'],
    'nothing is chosen': [{ uppgift: [] }, 422, 'input.empty', 'Ingen uppgift är vald'],
    'nothing was looked at': [{ innehall: '' }, 422, 'input.empty'],
    'something else was looked at': [{ innehall: '0'.repeat(64) }, 409, 'release.changed'],
    'a path that is none': [{ uppgift: 'inte en sökväg' }, 422, 'input.'],
    'an audience that there is not': [{ krets: 'alla' }, 422, 'input.empty'],
    'no audience': [{ krets: undefined }, 422, 'input.empty'],
    'a purpose that there is not': [{ syfte: 'x' }, 422, 'input.empty'],
    'for comment to nobody': [{ syfte: 'for-comment', krets: 'parties' }, 422, 'space.no_recipient', 'Ingen mottagare är vald'],
    'for comment to everybody': [{ syfte: 'for-comment', krets: 'public', till: 'timra' }, 422, 'space.public'],
    'to some, and not for comment': [{ till: 'timra' }, 422, 'space.purpose'],
  };
  for (const [what, [changed, ...said]] of Object.entries(wrong)) {
    await check(`utkast: not shared, and why: ${what}`, () => d.mustShareNothing(copy, async () => mustSayWhy(await d.rsskribent.press(copy, 'dela', changed), ...said)));
  }
  await check('utkast: what is not chosen is not shared, whatever the form says of how much there is', () =>
    d.mustShareNothing(copy, async () => {
      for (const antal of ['2', '1', 'x', '-1', undefined]) await d.rsskribent.mustDo(copy, 'dela', DONE.nothing, { uppgift: '/facts/finns-inte', antal });
    }),
  );
  await check('utkast: a form that is too large, or none', () =>
    d.mustShareNothing(copy, async () => {
      const { form } = await d.rsskribent.open(copy);
      const large = await d.rsskribent.send(copy, { ...form, beslut: 'dela', skal: 'x'.repeat(300_000) });
      const text = await d.rsskribent.send(copy, { ...form, beslut: 'dela' }, { headers: { 'content-type': 'text/plain' } });
      for (const answer of [large, text]) must([403, 413, 415, 422].includes(answer.status), () => brief(answer));
      await mustBeValid(large.text);
      await d.rsskribent.get(`/utkast/${copy}?${new URLSearchParams({ ...form, beslut: 'dela' })}`);
    }),
  );
  await check("utkast: 'klart=' says nothing but the page's own words", async () => {
    for (const klart of ['<script>', 'elak', 'Delat', '1,2', '', 'delat\u0000']) {
      const { html } = await d.rsskribent.open(copy, `?klart=${encodeURIComponent(klart)}`);
      must(!html.includes('role="status"') && !html.includes('elak'), klart);
    }
  });
  await check('utkast: HEAD is GET without a page; nothing else is done with a draft', () =>
    d.mustShareNothing(copy, async () => {
      const { form } = await d.rsskribent.open(copy);
      const ask = (method, at) => d.rsskribent.visitor.ask(method, d.site.base + at, { form: method === 'HEAD' ? undefined : { ...form, beslut: 'dela' } });
      const head = await ask('HEAD', `/utkast/${copy}`);
      must(head.status === 200 && head.text === '', () => brief(head));
      for (const [method, at] of [['PUT', `/utkast/${copy}`], ['DELETE', `/utkast/${copy}`], ['PATCH', `/utkast/${copy}`], ['POST', '/utkast']]) {
        const answer = await ask(method, at);
        must(answer.status === 405 && answer.text.includes('Här går det bara att läsa'), () => `${method} ${at}: ${brief(answer)}`);
      }
    }),
  );
}
