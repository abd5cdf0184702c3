import { z } from 'zod';

/**
 * Free text that ends up in reports only: one line, no control characters. Nothing of this kind is ever
 * written into a configuration file.
 */
export const Text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, { error: 'must be one line without control characters' });

/** The path of a file, relative to the declaration or absolute. */
export const FilePath = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\p{Cc}]*$/u, { error: 'must not contain control characters' })
  .meta({ description: 'The path of a file, relative to the declaration or absolute.', format: 'path' });

/** A path prefix of a URL: begins with a slash, printable ASCII without blanks, quotes, backslashes, query or fragment. */
export const UrlPath = z
  .string()
  .max(1024)
  .regex(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/, {
    error: 'must be a URL path: a slash first, then letters, digits and -._~!$&\'()*+,;=:@%/ only',
  })
  .meta({ description: 'A URL path without query.' });

/** The name of an HTTP header (RFC 9110 token). */
export const HeaderName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: 'is not the name of an HTTP header' })
  .transform((text) => text.toLowerCase());
