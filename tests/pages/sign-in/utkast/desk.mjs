// The pages of drafts, as somebody gets them who has signed in, or nobody; and the words by which the checks know them.

import { brief, guardOf, must } from '../harness.mjs';
import { decoded, words } from '../html.mjs';

export const MARK = `${process.pid}`;
export const OWN_WORD = 'Vitsippsvillan';
export const PERSONAL_NUMBER = '19121212-1212';
export const NAMES = { rs: 'Regionstyrelsen', hsn: 'Hälso- och sjukvårdsnämnden' };
export const NOT_THERE = '0123456789abcdef0123456789abcdef';
export const DONE = { shared: 'Delat med länet.', waits: 'Inget är delat än: det väntar på att en frisläppare godkänner.', refused: 'Avslaget.', held: 'Inget är delat: se vad som hindrar nedan.', nothing: 'Inget nytt att dela.' };
export const ASSURED = { intygar: '1', skal: 'Ett ärendenummer hos leverantören.' };

const letters = (html) => decoded(html.replaceAll(/<[^>]*>/g, ''));
const rowsOf = (table) => [...table.matchAll(/<tr>([^]*?)<\/tr>/g)].map(([, row]) => row);
const bodyOf = (html, at) => html.match(new RegExp(`${at}[^]*?<tbody>([^]*?)</tbody>`))?.[1] ?? '';

// What the page of a draft shows and what its form would send.
export function draftOf(html) {
  const field = (name) => decoded(html.match(new RegExp(`<input[^>]*name="${name}"[^>]*value="([^"]*)"`))?.[1] ?? '');
  const chosen = (name) => html.match(new RegExp(`<select id="${name}"[^]*?<option value="([^"]*)" selected`))?.[1];
  const changes = rowsOf(bodyOf(html, '<table class="facts">')).map((row) => {
    const [before, after] = [...row.matchAll(/<td class="value">([^]*?)<\/td>/g)].map(([, cell]) => cell);
    const box = row.match(/<input type="checkbox"[^>]*>/)?.[0] ?? '';
    return {
      label: words(row.match(/<th scope="row">([^]*?)<\/th>/)[1]),
      path: box.match(/value="([^"]*)"/)?.[1],
      ticked: box.includes(' checked'),
      before: letters(before),
      after: letters(after),
      marked: [...after.matchAll(/<mark>([^]*?)<\/mark>/g)].map(([, text]) => decoded(text)),
    };
  });
  return {
    html,
    text: words(html.match(/<main[^]*<\/main>/)[0]),
    changes,
    held: rowsOf(bodyOf(html, 'aria-labelledby="hinder"')).map(words),
    work: html.match(/href="(\/arbete\/[0-9a-f]+)/)?.[1],
    form: {
      skydd: guardOf(html.slice(html.indexOf('<main'))),
      innehall: field('innehall'),
      uppgift: changes.filter(({ ticked }) => ticked).map(({ path }) => path),
      krets: chosen('krets') ?? 'parties',
      syfte: chosen('syfte') ?? 'for-information',
    },
  };
}

// The pages, as somebody gets them who has signed in, or nobody.
export class Desk {
  constructor(site, visitor) {
    Object.assign(this, { site, visitor });
  }

  async get(path, status = 200) {
    const answer = await this.visitor.get(this.site.base + path);
    must(answer.status === status, () => `${path}: ${brief(answer)}`);
    return answer;
  }

  async open(copy, query = '') {
    return draftOf((await this.get(`/utkast/${copy}${query}`)).text);
  }

  async guard() {
    return guardOf((await this.get('/')).text);
  }

  // The rows of a draft in the list: at most one, under one of its two headings.
  async row(copy) {
    const { text } = await this.get('/utkast');
    const at = (list) => rowsOf(bodyOf(text, `aria-labelledby="${list}"`)).filter((row) => row.includes(`/utkast/${copy}`)).map((row) => ({ list, text: words(row) }));
    return [...at('svara'), ...at('ovriga')][0];
  }

  send(copy, fields, options) {
    const pairs = Object.entries(fields).flatMap(([key, values]) => [values ?? []].flat().map((value) => [key, value]));
    return this.visitor.post(`${this.site.base}/utkast/${copy}`, pairs, options);
  }

  // Presses a button of the page as it is now, with some of its fields changed.
  async press(copy, beslut, changed = {}) {
    const { form } = await this.open(copy);
    return this.send(copy, { ...form, skydd: form.skydd ?? (await this.guard()), beslut, ...changed });
  }

  async mustDo(copy, beslut, done, changed) {
    const answer = await this.press(copy, beslut, changed);
    must(answer.status === 303, () => brief(answer));
    const { text } = draftOf((await this.visitor.get(answer.to)).text);
    must(text.includes(done), () => `it does not say '${done}': ${text}`);
  }
}
