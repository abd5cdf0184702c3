/** Synthetic patient data and secrets that occur nowhere else. */
export const seeds = {
  family: 'Quxworthy',
  given: 'Zebedina',
  birthDate: '1931-02-27',
  birthDateShort: '19310227',
  record: 'MRN7734501',
  token: 'Kx9vQ2plmT',
  cookie: 'Jw8ZtUy41',
  password: 'Wyvern55Pa',
  /** Looks like a version in a path, were it not for its length. */
  visit: 'v00098123457',
  mail: 'zq@harbour-view.example',
} as const;

const { family, given, birthDate, birthDateShort, record, token, cookie, password, visit, mail } = seeds;
const basic = Buffer.from(`${mail}:${password}`).toString('base64');
const encoded = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const headers = [
  `Authorization: Bearer ${token}`,
  `Cookie: session=${cookie}; name=${family}`,
  `User-Agent: ${given}/${family} (${record})`,
  `Referer: https://portal.example/${record}?dob=${birthDate}`,
  `X-Patient: ${family}, ${given}`,
  `X-Forwarded-For: ${family}`,
  `Forwarded: for=${record};host=${family}`,
  `From: ${mail}`,
];

/** Targets with something about a person in every part. */
export const targets: readonly string[] = [
  `/v1/uscore/R4/Patient/${record}`,
  `/v1/uscore/R4/Encounter/${visit}`,
  `/v1/uscore/R4/Patient/${family}/_history/${birthDateShort}`,
  `/v1/uscore/R4/Patient?name=${family}\\,${given}&birthdate=${birthDate}&identifier=urn:x|${record}`,
  `/v1/uscore/R4/Patient;name=${family};dob=${birthDate}/${record}`,
  `/${encoded(family)}/${encoded(record)}?${encoded('name')}=${encoded(encoded(given))}`,
  `/v1/${family.toUpperCase()}/${given.toLowerCase()}?access_token=${token}`,
  `/Patient/${Buffer.from(`${family}|${record}`).toString('base64url')}`,
  `//${family}//${given}/../${record}/.`,
  `/a#${family}`,
  `/${record}/${'x/'.repeat(300)}${family}`,
  `/${`${family}-`.repeat(500)}`,
  `/v1/uscore/R4/Patient/${'1'.repeat(490)}${record}`,
  `/v1?continue=Patient.${record}&code=${token}&state=${cookie}`,
  `/"${family}"/'${given}'/{${record}}/<${birthDate}>`,
];

const body = JSON.stringify({
  resourceType: 'Patient',
  name: [{ family, given: [given] }],
  birthDate,
  id: record,
});
const end = 'Connection: close\r\n\r\n';
const withHeaders = `${headers.join('\r\n')}\r\n`;

/** Whole HTTP/1.1 conversations, well-formed and not. None waits for a server that is slow. */
export const conversations: readonly string[] = [
  ...targets.flatMap((target) => [
    `GET ${target} HTTP/1.1\r\nHost: x.example\r\n${withHeaders}${end}`,
    `POST ${target} HTTP/1.1\r\nHost: x.example\r\n${withHeaders}Content-Length: ${body.length}\r\n${end}${body}`,
  ]),
  `GET / HTTP/1.1\r\nHost: ${family}.example\r\n${end}`,
  `GET / HTTP/1.1\r\nHost: ${family} ${given}\r\n${end}`,
  `GET / HTTP/1.1\r\nHost: x.example\r\nHost: ${record}.example\r\n${end}`,
  `GET / HTTP/1.1\r\nHost: x.example\r\nAuthorization: Basic ${basic}\r\n${end}`,
  `GET http://${mail}/${record}?q=${family} HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `GET https://${encoded(mail)}:${password}@x.example/${record} HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `CONNECT ${family}.example:443 HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `OPTIONS * HTTP/1.1\r\nHost: ${family}\r\n${end}`,
  `${record} / HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `get${family} /${given} HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `GET ${family} HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `GET /${family} ${given} HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `GET / HTTP/${record}\r\n\r\n`,
  `GET /${family}\u00fc HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `GET /${family}\u0000 HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `GET / HTTP/1.1\r\nHost: x.example\r\n${family} ${given}: ${record}\r\n${end}`,
  `GET / HTTP/1.1\r\nHost: x.example\r\nX: ${family}\u0001${record}\r\n${end}`,
  `GET / HTTP/1.1\r\nHost: x.example\r\n: ${record}\r\n${end}`,
  `GET / HTTP/1.1\r\nHost: x.example\r\nCookie: ${`${cookie}${family}`.repeat(1_500)}\r\n${end}`,
  `GET /?${`${record}&`.repeat(3_000)} HTTP/1.1\r\nHost: x.example\r\n${end}`,
  `POST /${family} HTTP/1.1\r\nHost: x.example\r\nContent-Length: ${record}\r\n${end}${body}`,
  `POST /${family} HTTP/1.1\r\nHost: x.example\r\nContent-Length: 9\r\nContent-Length: 8\r\n${end}${body}`,
  `POST /${family} HTTP/1.1\r\nHost: x.example\r\nTransfer-Encoding: chunked\r\n${end}${record}\r\n${family}\r\n`,
  `POST /${family} HTTP/1.1\r\nHost: x.example\r\nTransfer-Encoding: ${given}\r\n${end}${body}`,
  `GET / HTTP/1.1\r\nHost: x.example\r\nConnection: Upgrade\r\nUpgrade: ${family}\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: x.example\r\nmtrestapi-requestid: ${record}\r\ntraceparent: 00-${family}\r\nx-request-id: ${record}\r\n${end}`,
  `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${family}${record}`,
  `\u0016\u0003\u0001\u0002\u0000${family}${record}`,
  `${family} ${given} ${birthDate} ${record}\r\n\r\n`,
  `"}\n{"name":"${family}","path":"/${record}"}\r\n\r\n`,
];

/** What a client can say in HTTP/2 with a sound library. */
export const streams: readonly Readonly<Record<string, string>>[] = [
  ...targets.map((target) => ({
    ':path': target,
    authorization: `Bearer ${token}`,
    cookie: `session=${cookie}`,
    'user-agent': family,
  })),
  { ':path': `/${record}`, ':authority': `${family}.example` },
  { ':path': '/', ':authority': mail, from: mail },
  { ':path': `/${record}`, ':method': record },
  { ':path': `/${record}`, ':method': 'PUT', [`x-${family.toLowerCase()}`]: record },
  { ':path': '/', authorization: `Basic ${basic}` },
  { ':path': '/', 'x-request-id': record, 'mtrestapi-requestid': record },
  { ':path': `${family} ${given}` },
  { ':path': `/${family}`, ':scheme': `${record}` },
];
