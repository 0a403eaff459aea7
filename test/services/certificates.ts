import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './child-process.js';

/** PEM files. */
export interface Certificates {
  readonly caFile: string;
  /** For 127.0.0.1 and localhost: key, then certificate, in one file. */
  readonly serverFile: string;
  readonly clientKeyFile: string;
  readonly clientCertificateFile: string;
}

/** Makes a CA of two days, a certificate of a server and one of a client (CN as told). */
export async function makeCertificates(folder: string, clientName: string): Promise<Certificates> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const file = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    ...['req', '-x509', ...key, '-days', '2', '-subj', '/CN=openedx-event-bus tests'],
    ...['-keyout', 'ca.key', '-out', 'ca.pem'],
  );
  await writeFile(file('server.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await writeFile(file('client.ext'), 'extendedKeyUsage=clientAuth\n');
  for (const [who, name] of [
    ['server', 'localhost'],
    ['client', clientName],
  ] as const) {
    await openssl(
      ...['req', ...key, '-subj', `/CN=${name}`, '-keyout', `${who}.key`, '-out', `${who}.csr`],
    );
    await openssl(
      ...['x509', '-req', '-in', `${who}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key'],
      ...['-CAcreateserial', '-days', '2', '-extfile', `${who}.ext`, '-out', `${who}.pem`],
    );
  }
  const parts = await Promise.all(['server.key', 'server.pem'].map((name) => readFile(file(name))));
  await writeFile(file('server-all.pem'), Buffer.concat(parts));
  return {
    caFile: file('ca.pem'),
    serverFile: file('server-all.pem'),
    clientKeyFile: file('client.key'),
    clientCertificateFile: file('client.pem'),
  };
}
