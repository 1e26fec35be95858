// The audit log, of a node that has ended.

import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, must, unloggable } from './harness.mjs';

export async function auditLog(node, people) {
  const verify = () => node.command('audit', 'verify');
  await check('audit: sign-ins, refusals and sign-outs are there, one JSON object a line', async () => {
    const text = await auditText(node);
    const lines = text.trim().split('\n').map((line) => JSON.parse(line));
    must(lines.length > 20, `${lines.length} lines`);
    for (const act of ['"signed_in"', '"signed_out"', '"sign_in_refused"', 'sign_in.no_role']) must(text.includes(act), `no ${act}`);
    must(people.some((sub) => text.includes(sub)), 'it does not say who');
  });
  // Where nobody is known there is no line: anybody could fill the disk with them. The node's own log has those.
  await check('audit: no secret, code, token or cookie in it', async () => {
    const text = await auditText(node);
    const persons = new Set(people);
    const found = [...unloggable].filter((word) => word.length > 24 && !persons.has(word) && !word.includes('@') && text.includes(word));
    must(found.length === 0, found.map((word) => `${word.slice(0, 40)} in: ${text.split('\n').find((line) => line.includes(word)).slice(0, 200)}`).join('\n'));
  });
  await check('audit: others of this machine cannot read it', async () => {
    for (const file of [node.audit, ...(await filesOf(node))]) must(((await stat(file)).mode & 0o077) === 0, `${file}: mode ${((await stat(file)).mode & 0o777).toString(8)}`);
  });
  await check("'samsynd audit verify' says whole", async () => {
    const { code, said } = await verify();
    must(code === 0, `${code}: ${said}`);
  });
  await check("'samsynd audit verify' finds one altered byte, wherever it is", async () => {
    const [file] = await filesOf(node);
    const whole = await readFile(file);
    const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a);
    for (const at of [5, 60, Math.floor(whole.length / 2), ends[1] - 3, ends[1], whole.length - 4]) {
      const broken = Buffer.from(whole);
      broken[at] ^= 1;
      await writeFile(file, broken);
      const { code } = await verify();
      must(code !== 0, `byte ${at} of ${whole.length} (${JSON.stringify(whole.subarray(at - 3, at + 4).toString())})`);
    }
    await writeFile(file, whole);
  });
  await check("'samsynd audit verify' finds lines that were taken away, doubled or changed places", async () => {
    const [file] = await filesOf(node);
    const whole = await readFile(file, 'utf8');
    const lines = whole.trimEnd().split('\n');
    const write = (some) => writeFile(file, `${some.join('\n')}\n`);
    const spoilt = {
      'the first is gone': lines.slice(1),
      'one is gone': lines.toSpliced(5, 1),
      'one is doubled': lines.toSpliced(5, 0, lines[5]),
      'two have changed places': lines.toSpliced(5, 2, lines[6], lines[5]),
    };
    for (const [what, some] of Object.entries(spoilt)) {
      await write(some);
      must((await verify()).code !== 0, what);
    }
    await writeFile(file, whole);
    const { code, said } = await verify();
    must(code === 0, `whole again, but ${code}: ${said}`);
  });
}

const filesOf = async (node) => (await readdir(node.audit)).sort().map((name) => join(node.audit, name));
export const auditText = async (node) => (await Promise.all((await filesOf(node)).map((file) => readFile(file, 'utf8')))).join('');
