import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authority, type Issued, OpensslFixture, server } from '../../src/pki/openssl-fixture.ts';

/** The passwords of the files below. No finding may ever hold one. */
export const passwords = { right: 'Kinder-Garten-71', wrong: 'Spiegel-Ei-23' } as const;

const hostnames = [
  'portal.stelsewhere.example',
  'mtrestapis-live01.stelsewhere.example',
  'mtrestapps-live01.stelsewhere.example',
];

/** Makes every good and bad file that the cases name, in `certs` below a directory. */
export function makeCertificateFiles(directory: string): void {
  const certs = join(directory, 'certs');
  mkdirSync(certs);
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(certs, name), content, { mode: 0o600 });
  const pki = new OpensslFixture();
  try {
    const root = pki.issue({ subject: '/CN=Hospital Root', extensions: authority });
    const leaf = (order: Partial<Parameters<OpensslFixture['issue']>[0]> = {}) =>
      pki.issue({ subject: '/CN=portal', issuer: root, extensions: server(...hostnames), ...order });
    const whole = (...parts: readonly Issued[]) =>
      `${parts.map((part) => part.certificate).join('')}${parts[0]?.key ?? ''}`;

    const live = leaf();
    const other = leaf();
    write('ca.pem', root.certificate);
    write('live.pem', whole(live));
    write('live.pfx', pki.pfx(live, [root], passwords.right));
    write('no-key.pem', live.certificate);
    write('only-key.pem', other.key);
    write('mismatch.pem', live.certificate + other.key);
    write('two-keys.pem', live.certificate + live.key + other.key);
    write('cut.pem', whole(live).slice(0, 400));
    write('garbage.pem', Buffer.from(Array.from({ length: 2000 }, (_none, index) => (index * 7919) % 251)));
    write('readme.txt', 'The certificate is in the other folder.\n');
    write('empty.pem', '');
    write('large.pem', 'x'.repeat(1024 * 1024 + 1));
    write('request.pem', pki.run('req', '-new', '-key', live.keyFile, '-subj', '/CN=portal'));
    const encrypted = pki.run('pkcs8', '-topk8', '-in', live.keyFile, '-passout', `pass:${passwords.right}`);
    write('encrypted.pem', live.certificate + encrypted.toString());
    write('wrong.password', `${passwords.wrong}\n`);
    write('right.password', `${passwords.right}\n`);
    execFileSync('mkfifo', [join(certs, 'pipe.pem')]);

    write('other-name.pem', whole(leaf({ extensions: server('www.elsewhere.example') })));
    write('no-name.pem', whole(leaf({ extensions: ['basicConstraints=CA:FALSE'] })));
    write('wildcard.pem', whole(leaf({ extensions: server('*.stelsewhere.example') })));
    const purpose = ['extendedKeyUsage=clientAuth', `subjectAltName=DNS:${hostnames[0]}`];
    write('for-clients.pem', whole(leaf({ extensions: purpose })));
    write(
      'short-key.pem',
      whole(leaf({ keyKind: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] })),
    );
    const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'];
    write('odd-curve.pem', whole(leaf({ keyKind: curve })));
    write('ed25519.pem', whole(leaf({ keyKind: ['-algorithm', 'ED25519'] })));
    write('sha1.pem', whole(leaf({ digest: '-sha1' })));

    const middle = pki.issue({ subject: '/CN=Issuing', issuer: root, extensions: authority });
    const fetchable = [...server(...hostnames), 'authorityInfoAccess=caIssuers;URI:http://pki.example/i.crt'];
    write('no-intermediate.pem', whole(leaf({ issuer: middle, extensions: fetchable })));

    write('middle.pem', middle.certificate);

    const past = ['20200101000000Z', '20210101000000Z'] as const;
    const dated = new DatedIssuer(pki, root);
    write('expired.pem', dated.issue(live, server(...hostnames), past) + live.key);
    const future = ['20900101000000Z', '20910101000000Z'] as const;
    write('future.pem', dated.issue(live, server(...hostnames), future) + live.key);
    const under = leaf({ issuer: middle });
    write('expired-intermediate.pem', whole(under) + dated.issue(middle, authority, past));
    write('expired-ca.pem', dated.issue(root, authority, past));
  } finally {
    pki.close();
  }
}

/** Issues certificates between given dates, which `openssl x509` cannot do before version 3.4. */
class DatedIssuer {
  readonly #pki: OpensslFixture;
  readonly #issuer: Issued;
  #count = 0;

  constructor(pki: OpensslFixture, issuer: Issued) {
    this.#pki = pki;
    this.#issuer = issuer;
  }

  /** A certificate with the key and subject of another. */
  issue(like: Issued, extensions: readonly string[], [from, to]: readonly [string, string]): string {
    this.#count += 1;
    const file = (name: string) => this.#pki.file(`dated-${this.#count}-${name}`);
    mkdirSync(file('new'));
    writeFileSync(file('index'), '');
    writeFileSync(file('serial'), `10${this.#count}0\n`);
    writeFileSync(
      file('cnf'),
      [
        '[ca]\ndefault_ca=own\n[own]',
        `database=${file('index')}\nserial=${file('serial')}\nnew_certs_dir=${file('new')}`,
        'default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[extensions]',
        ...extensions,
      ].join('\n'),
    );
    const request = ['-x509toreq', '-in', like.certificateFile, '-signkey', like.keyFile];
    this.#pki.run('x509', ...request, '-out', file('csr'));
    const signer = ['-cert', this.#issuer.certificateFile, '-keyfile', this.#issuer.keyFile];
    const dates = ['-startdate', from, '-enddate', to, '-extensions', 'extensions'];
    const options = ['-batch', '-notext', '-config', file('cnf'), '-in', file('csr')];
    return this.#pki.run('ca', ...options, ...signer, ...dates).toString();
  }
}
