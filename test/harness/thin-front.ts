import { loopbackAddress } from './loopback.ts';
import { type Product, startProduct } from './product.ts';
import type { RawEnd } from './raw-request.ts';

/** The real product with one spelled-out service, plain HTTP on both sides. */
export interface ThinFront {
  readonly product: Product;
  readonly end: RawEnd;
  readonly declaration: ThinDeclaration;
}

export interface ThinDeclaration {
  readonly virtualServices: { readonly thin: Record<string, unknown> };
}

export interface ThinOptions {
  readonly servers: Readonly<Record<string, { readonly address: string; readonly port: number }>>;
  /** Besides `servers`. */
  readonly pool?: Record<string, unknown>;
  /** Besides listeners, pool and the limit of connections. */
  readonly service?: Record<string, unknown>;
}

export async function startThinFront({ servers, pool = {}, service = {} }: ThinOptions): Promise<ThinFront> {
  const address = loopbackAddress();
  const declaration = {
    aorta: 'v1',
    site: 'St. Elsewhere',
    virtualServices: {
      thin: {
        listeners: [{ protocol: 'http', address, port: 80 }],
        pool: { servers: places(servers), trustedSegment: 'loopback', ...pool },
        maxConnections: 500,
        ...service,
      },
    },
  };
  const product = await startProduct(declaration);
  return { product, declaration, end: { address, port: 80, hostname: 'thin.stelsewhere.example' } };
}

function places(servers: ThinOptions['servers']): ThinOptions['servers'] {
  return Object.fromEntries(
    Object.entries(servers).map(([name, { address, port }]) => [name, { address, port }]),
  );
}
