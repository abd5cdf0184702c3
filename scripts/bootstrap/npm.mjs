import { delimiter, dirname } from 'node:path';
import { runStep, SetupError } from './step.mjs';

// No package here needs its install script, so none gets to run one.
const always = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** Runs the npm that started us (else the one on PATH) under `node`. Throws with npm's own words when it fails. */
export async function npm(args, { cwd, node }) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  // npm tells its scripts which workspace or prefix it was asked for; the inner npm must not inherit that.
  for (const name of ['npm_config_local_prefix', 'npm_config_prefix', 'npm_config_workspace'])
    delete env[name];

  const script = process.env.npm_execpath;
  const [command, first] = script?.endsWith('npm-cli.js') ? [node, [script]] : ['npm', []];
  const { code, output } = await runStep(command, [...first, ...args, ...always], { cwd, env });
  if (code !== 0) throw new SetupError(`npm ${args[0]} failed:\n${output.trim()}`);
}
