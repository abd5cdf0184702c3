import { z } from 'zod';

/** No control or format characters, line or paragraph separators, lone surrogates. */
const visible = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

/**
 * Free text that ends up in reports only: one line, no control characters. Nothing of this kind is ever
 * written into a configuration file.
 */
export const Text = z.string().min(1).max(200).regex(visible, {
  error: 'is not plain text: write one line without control or invisible characters',
});

/** The path of a file, relative to the declaration or absolute. */
export const FilePath = z
  .string()
  .min(1)
  .max(4096)
  .regex(visible, {
    error: 'is not plain text: write one line without control or invisible characters',
  })
  .meta({ description: 'The path of a file, relative to the declaration or absolute.', format: 'path' });

/** A path prefix of a URL: begins with a slash, printable ASCII without blanks, quotes, backslashes, query or fragment. */
export const UrlPath = z
  .string()
  .max(1024)
  .regex(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/, {
    error: "is not a URL path: begin with a slash, then use letters, digits and -._~!$&'()*+,;=:@%/ only",
  })
  .meta({ description: 'A URL path without query.' });

/** What stands in the first line of a request: a path, and a query where one is needed. */
export const UrlTarget = z
  .string()
  .max(1024)
  .regex(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(?:\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?|]*)?$/, {
    error:
      "is not a URL path: begin with a slash, then use letters, digits and -._~!$&'()*+,;=:@%/ only; a query may follow",
  })
  .meta({ description: 'A URL path, with or without a query.' });

/** One media type, or several with commas between them, as in an Accept header. */
export const MediaRange = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9*][A-Za-z0-9!#$&^_.+*/;=, -]*$/, {
    error: 'is not a media type: write for example application/fhir+json',
  });

/** A path prefix of a URL, or one segment of paths, as `$export`. */
export const PathOrSegment = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^(\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*|[A-Za-z0-9\-._~!$&'()*+,;=:@%]+)$/, {
    error:
      "is neither a URL path nor a segment of one: use letters, digits and -._~!$&'()*+,;=:@% only, and slashes if it begins with one",
  })
  .meta({ description: 'A URL path that begins with a slash, or one segment of a path.' });

/** The name of an HTTP header. RFC 9110 allows more, such as `%` and quotes, but no real header uses them. */
export const HeaderName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, {
    error: 'is not the name of a header: use letters, digits, hyphens, dots and underscores',
  })
  .transform((text) => text.toLowerCase());
