/** What is changed by hand in a configuration, for what no declaration can bring about. */
type Edit = (haproxyCfg: string) => string;

export function replaced(from: string, to: string): Edit {
  return (text) => text.replaceAll(from, to);
}

export function globally(line: string): Edit {
  return (text) => text.replace(/^global.*\n/m, `$&    ${line}\n`);
}

export function inFrontend(lines: string): Edit {
  return (text) => text.replace(/^frontend one\b.*\n/m, `$&${lines}`);
}

export const gzipped = inFrontend(
  '    compression algo gzip\n    compression type application/json application/fhir+json\n',
);

/** Where log lines over UDP go; somebody takes them there. */
export const logPort = 5_514;

/** Lines as long as ours; where there was no log, those that HAProxy has for HTTP. */
export function udpLog(text: string): string {
  const to = `log 127.0.0.1:${logPort} len`;
  return text.includes('log stdout len')
    ? text.replace('log stdout len', to)
    : inFrontend(`    ${to} 8192 local0\n    option httplog\n`)(text);
}

/** Rules that look at the path, one after the other. None is about what is asked for. */
export function rules(count: number): string {
  return numbers(count)
    .map((number) => `    http-request set-var(txn.rule) int(${number}) if { path_beg /rule-${number}/ }\n`)
    .join('');
}

/** One that looks at as many. */
export function ruleWithList(count: number): string {
  const paths = numbers(count).map((number) => `/rule-${number}/`);
  return `    http-request set-var(txn.rule) int(1) if { path_beg ${paths.join(' ')} }\n`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}
