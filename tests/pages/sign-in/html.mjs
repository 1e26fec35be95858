// What a page says, and whether it is valid HTML, as check.mjs means it. Checkboxes of one name are one choice of several.

import { HtmlValidate } from 'html-validate';
import { brief, must } from './harness.mjs';

const NAMED = { lt: '<', gt: '>', quot: '"', amp: '&' };
export const decoded = (html) => html.replaceAll(/&(?:#(\d+)|(lt|gt|quot|amp));/g, (_, number, name) => (name ? NAMED[name] : String.fromCodePoint(Number(number))));
export const words = (html) => decoded(html.replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ').trim();

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: { 'no-trailing-whitespace': 'off', 'void-style': 'off', 'long-title': 'off', 'no-inline-style': 'error', 'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'reset', 'submit'] }] },
});

export async function mustBeValid(html) {
  const report = await validator.validateString(html);
  const faults = report.results.flatMap((r) => r.messages).map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`);
  must(faults.length === 0, faults.join('\n'));
}

// What somebody reads when something is not done.
export async function mustSayWhy(answer, status, code, ...said) {
  must(answer.status === status && answer.text.includes(code), () => `expected ${status} ${code}: ${brief(answer)}`);
  must(answer.text.includes('<html lang="sv"'), 'no Swedish page');
  for (const word of said) must(words(answer.text).includes(word), () => `it does not say '${word}': ${words(answer.text)}`);
  must(/no-store|no-cache/.test(answer.headers['cache-control'] ?? ''), `cache-control: ${answer.headers['cache-control']}`);
  await mustBeValid(answer.text);
}
