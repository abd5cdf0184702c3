/**
 * The variable of HAProxy that holds how many connections one source may have at a frontend: a variable, so that it
 * can be changed without a reload. Names of frontends never hold an underscore, and those of variables no hyphen.
 */
export function sourceShareVariable(frontend: string): string {
  return `proc.source_share.${frontend.replaceAll('-', '_')}`;
}
