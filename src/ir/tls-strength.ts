/** The TLS that HAProxy speaks on both of its sides, and that whoever tries a server in its place must speak too. */

/** NIST SP 800-52 revision 2 for TLS 1.2: forward secrecy and AES-GCM only; AES-128 first, which is no weaker here. */
export const tlsCiphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

/** The same for TLS 1.3. */
export const tlsCipherSuites = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384';
