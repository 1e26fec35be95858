// The listener's TLS, and a certificate that changes while the node runs.

import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import tls from 'node:tls';
import { brief, check, must, pause } from './harness.mjs';
import { RSA_KEY } from './node.mjs';
import { Visitor } from './visitor.mjs';

const handshake = (port, ca, options = {}) =>
  new Promise((yes, no) => {
    const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ca, timeout: 5_000, ...options });
    socket.once('timeout', () => socket.destroy(new Error('no handshake within 5 s')));
    socket.once('error', no);
    socket.once('secureConnect', () => {
      yes({ protocol: socket.getProtocol(), serial: Number.parseInt(socket.getPeerCertificate().serialNumber, 16) });
      socket.destroy();
    });
  });

export async function certificates(site, port, authority) {
  const serial = async () => (await handshake(port, authority.certificate)).serial;
  const within = async (ms, expected) => {
    const until = Date.now() + ms;
    let found;
    while ((found = await serial()) !== expected) {
      must(Date.now() < until, `after ${ms} ms still certificate ${found}, not ${expected}`);
      await pause(500);
    }
  };
  const replace = async (name, files = ['pem', 'key']) => {
    for (const ending of files) await copyFile(join(authority.directory, `${name}.${ending}`), join(site.node.directory, `sign-in-web.${ending}`));
  };
  await check('TLS 1.3 and nothing older', async () => {
    must((await handshake(port, authority.certificate)).protocol === 'TLSv1.3', 'another protocol');
    const old = await handshake(port, authority.certificate, { maxVersion: 'TLSv1.2' }).catch((error) => error);
    must(old instanceof Error, () => `connected with ${old.protocol}`);
  });
  await check('plain HTTP at the HTTPS port gets no page, and harms nobody', async () => {
    const answer = await new Visitor().get(`http://127.0.0.1:${port}/`, { wait: 5_000 }).catch(() => null);
    must(!answer || answer.status >= 300, () => brief(answer));
    must((await site.visitor().get(`${site.base}/`)).status === 200, 'no page any more');
  });
  await check('connections that say nothing do not keep others out', async () => {
    const idle = Array.from({ length: 50 }, () => tls.connect({ host: '127.0.0.1', port, ca: authority.certificate, servername: 'localhost' }).on('error', () => {}));
    await pause(300);
    const answer = await site.visitor().get(`${site.base}/`, { wait: 5_000 }).finally(() => idle.forEach((socket) => socket.destroy()));
    must(answer.status === 200 && answer.ms < 2_000, () => `${answer.ms} ms: ${brief(answer)}`);
  });
  const reader = await site.enter('lasare');
  await authority.issue('second', ['DNS:localhost', 'IP:127.0.0.1'], RSA_KEY);
  const second = authority.serial;
  await check('a new certificate is shown within 10 s, and nobody is signed out', async () => {
    await replace('second');
    await within(12_000, second);
    must(await site.isIn(reader), 'signed out');
  });
  await authority.issue('third', ['DNS:localhost', 'IP:127.0.0.1']);
  const third = authority.serial;
  const goesOn = async (what, spoil) =>
    check(`${what}: the certificate from before goes on, and the log says so`, async () => {
      const before = site.node.log.length;
      await spoil();
      await pause(12_000);
      must((await serial()) === second, `certificate ${await serial()}`);
      must(await site.node.logged(/ WARN .*certificate| ERROR .*certificate/, before), 'the log has no warning');
    });
  await goesOn('a certificate that does not fit its key', () => replace('third', ['pem']));
  await goesOn('a broken certificate', () => writeFile(join(site.node.directory, 'sign-in-web.pem'), '-----BEGIN CERTIFICATE-----\nelak\n'));
  await check('mended: the new certificate is shown', async () => {
    await replace('third');
    await within(12_000, third);
  });
}
