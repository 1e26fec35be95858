// Valid HTML, as check.mjs means it. Checkboxes of one name are one choice of several.

import { HtmlValidate } from 'html-validate';
import { must } from './harness.mjs';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: { 'no-trailing-whitespace': 'off', 'void-style': 'off', 'long-title': 'off', 'no-inline-style': 'error', 'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'reset', 'submit'] }] },
});

export async function mustBeValid(html) {
  const report = await validator.validateString(html);
  const faults = report.results.flatMap((r) => r.messages).map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`);
  must(faults.length === 0, faults.join('\n'));
}
