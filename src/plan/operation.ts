import type { BackendIr, ServerIr } from '../ir/haproxy.ts';
import type { Secret } from '../kernel/secret.ts';

/**
 * One thing that a running HAProxy can be told without a reload. Data only: a data plane spells it. Names are those of
 * haproxy.cfg, files are relative to it, as in {@link HaproxyIr}.
 */
export type RuntimeOperation =
  /** The whole of what is wanted of one server: admin state and weight together. */
  | {
      readonly kind: 'set-server-admin';
      readonly backend: string;
      readonly server: string;
      readonly admin: ServerIr['admin'];
      /** As in {@link ServerIr}: the weight for when it is ready. */
      readonly weight: number;
    }
  | {
      readonly kind: 'set-server-address';
      readonly backend: string;
      readonly server: string;
      readonly address: string;
      readonly port: number;
    }
  | {
      readonly kind: 'set-server-connections';
      readonly backend: string;
      readonly server: string;
      /** Absent: no limit. */
      readonly maxConnections?: number;
    }
  /** With everything of its backend that a server inherits in the file and does not at runtime. */
  | { readonly kind: 'add-server'; readonly backend: BackendIr; readonly server: ServerIr }
  /** Takes no new request at once; the entry itself goes when its last connection has ended. */
  | { readonly kind: 'remove-server'; readonly backend: string; readonly server: string }
  | {
      readonly kind: 'set-frontend-connections';
      readonly frontend: string;
      readonly maxConnections: number;
    }
  /** How many connections one source may have at a frontend. */
  | { readonly kind: 'set-source-share'; readonly frontend: string; readonly maxConnections: number }
  | { readonly kind: 'set-process-connections'; readonly maxConnections: number }
  | { readonly kind: 'replace-certificate'; readonly file: string; readonly content: Secret }
  | {
      readonly kind: 'add-certificate';
      readonly file: string;
      readonly content: Secret;
      /** The crt-lists it is added to, at their end. */
      readonly lists: readonly string[];
    }
  | { readonly kind: 'remove-certificate'; readonly file: string; readonly lists: readonly string[] }
  /** A list of networks or of names, as a whole and in one step. */
  | { readonly kind: 'replace-list'; readonly file: string; readonly entries: readonly string[] };
