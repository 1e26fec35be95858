// Every state of the pages in both languages, as people see it.

import { check, must } from '../harness.mjs';
import { DONE } from './desk.mjs';

export async function looks(d) {
  const waiting = await d.write('Väntar på svar', { authority: 'hsn', summary: 'Ett utkast som väntar.' });
  const ask = await d.write('Ska begäras', { authority: 'hsn' });
  const open = await d.write('Ska delas', { summary: 'Ett utkast att dela.' });
  await d.hsnskribent.mustDo(waiting, 'dela', DONE.waits, { uppgift: '/facts/title' });
  const states = {
    list: ['hsnbada', '/utkast'],
    'list-rs': ['rsskribent', '/utkast'],
    share: ['rsskribent', `/utkast/${open}`],
    hostile: ['rsskribent', `/utkast/${d.hostile}`],
    'nothing-to-do': ['rsslappare', `/utkast/${open}`],
    ask: ['hsnskribent', `/utkast/${ask}`],
    asked: ['hsnskribent', `/utkast/${waiting}?klart=begart`],
    answer: ['hsnlappare', `/utkast/${waiting}`],
    refused: ['hsnskribent', `/utkast/${ask}?klart=avslaget`],
    shared: ['rsskribent', `/utkast/${d.first}?klart=delat`],
    nothing: ['rsskribent', `/utkast/${d.first}?klart=inget`],
    'reference-found': ['rsslappare', `/utkast/${d.reference}`],
    forbidden: ['lasare', '/utkast'],
    'not-there': ['hsnskribent', `/utkast/${open}`],
  };
  for (const [name, [login, at]] of Object.entries(states)) await d.look(name, login, at);
  await check('utkast looks: on a narrow screen what would leave has room', () =>
    d.with('hsnlappare', `/utkast/${waiting}`, async (page) => {
      await page.setViewportSize({ width: 320, height: 640 });
      const widths = await page.locator('td.value').evaluateAll((cells) => cells.filter((cell) => cell.textContent).map((cell) => cell.clientWidth));
      must(Math.min(...widths) >= 120, `it is ${Math.min(...widths)} pixels wide`);
    }),
  );
  await check('utkast: the content security policy holds nothing of ours back', () =>
    d.with('hsnbada', '/', async (page) => {
      const said = [];
      page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
      page.on('requestfailed', (request) => said.push(request.url()));
      for (const at of ['/utkast', `/utkast/${waiting}`]) await page.goto(d.site.base + at);
      must(said.length === 0, said.join('\n'));
    }, {}),
  );
  await d.hsnlappare.mustDo(waiting, 'godkann', DONE.shared);
}
