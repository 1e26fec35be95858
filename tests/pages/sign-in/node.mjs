// A node process with a configuration of its own beside a demo node's, and the certificates that it needs.

import { execFile, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
const START_MS = 30_000;
const STOP_MS = 15_000;
const pause = (ms) => new Promise((yes) => setTimeout(yes, ms));

export async function freePort() {
  const server = net.createServer();
  await new Promise((yes) => server.listen(0, '127.0.0.1', yes));
  const { port } = server.address();
  await new Promise((yes) => server.close(yes));
  return port;
}

// An authority for this run; `issue` writes NAME.pem and NAME.key for these names.
export class Authority {
  constructor(directory) {
    this.directory = directory;
    this.file = join(directory, 'ca.pem');
    this.serial = 1;
  }

  async make() {
    const at = (name) => join(this.directory, name);
    await openssl('req', '-x509', ...EC_KEY, '-days', '2', '-subj', '/CN=Provutfardare', '-keyout', at('ca.key'), '-out', this.file,
      '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
    this.certificate = await readFile(this.file, 'utf8');
    return this;
  }

  async issue(name, names, key = EC_KEY) {
    const at = (ending) => join(this.directory, `${name}.${ending}`);
    await openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', at('key'), '-out', at('csr'));
    await writeFile(at('ext'), `subjectAltName=${names.join(',')}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`);
    this.serial += 1;
    await openssl('x509', '-req', '-in', at('csr'), '-CA', this.file, '-CAkey', join(this.directory, 'ca.key'), '-days', '1',
      '-set_serial', String(this.serial), '-extfile', at('ext'), '-out', at('pem'));
    return { cert: await readFile(at('pem'), 'utf8'), key: await readFile(at('key'), 'utf8') };
  }
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
export const RSA_KEY = ['-newkey', 'rsa:2048', '-nodes'];
const openssl = (...words) => run('openssl', words, { timeout: START_MS });

// A configuration without these sections and what is in them.
export function without(text, sections) {
  let kept = true;
  return text
    .split('\n')
    .filter((line) => {
      const section = line.match(/^\[+\s*([\w.]+)\s*\]+/)?.[1];
      if (section) kept = !sections.includes(section);
      return kept;
    })
    .join('\n');
}

export class Node {
  // `settings`: the sections [web], [sign_in] and [audit], as text.
  constructor({ binary, directory, name, settings }) {
    Object.assign(this, { binary, name, settings, directory });
    this.file = join(directory, `${name}.toml`);
    this.audit = join(directory, `audit-${name}`);
    this.log = '';
  }

  async configure() {
    const demo = without(await readFile(join(this.directory, 'samsynd.toml'), 'utf8'), ['web', 'sign_in', 'sign_in.role', 'audit', 'log']);
    await writeFile(this.file, `${demo}\n[log]\nformat = "text"\nlevel = "debug"\n\n${this.settings}\n[audit]\ndirectory = "audit-${this.name}"\n`);
    await rm(this.audit, { recursive: true, force: true });
    return this;
  }

  // Until `probe` answers.
  async start(probe) {
    this.process = spawn(this.binary, ['run', '--config', this.file], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((yes) => this.process.once('exit', (code, signal) => yes(code ?? signal)));
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (data) => (this.log += data));
    const until = Date.now() + START_MS;
    for (;;) {
      const ended = await Promise.race([this.ended, pause(100).then(() => undefined)]);
      if (ended !== undefined) throw new Error(`the node has ended with ${ended}: ${this.log.slice(-800)}`);
      try {
        return await probe();
      } catch (error) {
        if (Date.now() > until) throw new Error(`no page within ${START_MS} ms: ${error.message}: ${this.log.slice(-800)}`);
      }
    }
  }

  // The exit code of a start that is to fail.
  async refusal() {
    const ran = await run(this.binary, ['run', '--config', this.file], { timeout: 10_000 }).catch((error) => error);
    return { code: ran.killed ? 'it runs' : (ran.code ?? 0), said: `${ran.stderr ?? ''}` };
  }

  // What the organisation's own client answers; the program lies beside the node's.
  async client(...words) {
    const config = join(this.directory, 'client', 'client.toml');
    const { stdout } = await run(join(dirname(this.binary), 'samsyn'), ['--config', config, '--json', ...words], { timeout: START_MS });
    return JSON.parse(stdout).data;
  }

  async command(...words) {
    const ran = await run(this.binary, [...words, '--config', this.file], { timeout: START_MS }).catch((error) => error);
    return { code: ran.killed ? 'no end' : (ran.code ?? 0), said: `${ran.stdout ?? ''}${ran.stderr ?? ''}` };
  }

  // What a node writes comes a moment after what it answers.
  async logged(pattern, from = 0) {
    for (let n = 0; n < 20 && !pattern.test(this.log.slice(from)); n += 1) await pause(100);
    return pattern.test(this.log.slice(from));
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGTERM');
    const ended = await Promise.race([this.ended, pause(STOP_MS).then(() => 'hangs')]);
    if (ended === 'hangs') this.process.kill('SIGKILL');
    await this.ended;
  }
}
