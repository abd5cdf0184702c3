import { z } from 'zod';
import { AuthoritySource } from './authority.ts';
import { CertificateSource } from './certificate.ts';
import { Ha } from './ha.ts';
import { Host } from './host.ts';
import { Name } from './name.ts';
import { Text } from './text.ts';
import { VirtualService } from './virtual-service.ts';

/** The language version a declaration is written in. */
export const Version = z.literal('v1').meta({ description: 'The language this file is written in.' });

/** One use of a blueprint: its name, and parameters that the blueprint itself checks. */
export const BlueprintUse = z.looseObject({
  blueprint: z.string().meta({ description: 'The name of the blueprint; `aorta init` writes one.' }),
});

/** The sections of a declaration, in the order in which they are explained. */
export const sections = {
  site: Text.meta({ description: 'The name of the site, shown to people.' }),
  hosts: Host,
  authorities: AuthoritySource,
  certificates: CertificateSource,
  virtualServices: VirtualService,
  ha: Ha,
} as const;

const named = <T extends z.ZodType>(entry: T, description: string) =>
  z.record(Name, entry).prefault({}).meta({ description });

/** The whole declaration after blueprints have been expanded. Used for its shape: the reference, explain, editors. */
export const Declaration = z
  .strictObject({
    aorta: Version,
    site: sections.site,
    hosts: named(Host, 'Machines, by name.'),
    authorities: named(AuthoritySource, 'Bundles of certificate authorities, by name.'),
    certificates: named(CertificateSource, 'Certificates with their keys, by name.'),
    services: z.record(Name, BlueprintUse).prefault({}).meta({
      description: 'Services made by a blueprint, by name. `aorta explain` shows what each expands to.',
    }),
    virtualServices: named(VirtualService, 'Services spelled out, by name.'),
    ha: Ha.optional(),
  })
  .meta({ description: "The operator's file." });
export type Declaration = z.output<typeof Declaration>;
