import { startEstateCommand } from './estate-command.ts';
import { listScenarios, scenarioCommand, scenarioUsage } from './scenario/command.ts';
import { RoomError } from './scenario/namespace.ts';
import { reliabilityCommand, reliabilityUsage } from './scenario/reliability.ts';
import { ScenarioError } from './scenario/scenario-error.ts';

const USAGE = `npm run lab -- estate --directory DIR [--topology recommended|minimum|FILE] [--tls bridging|offload]
                      [--prefix 127.77.13] [--patients N] [--public-port N]
${scenarioUsage}
${reliabilityUsage}
`;

async function main([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case 'estate':
      return startEstateCommand(rest, USAGE);
    case 'scenarios':
      process.stdout.write(await listScenarios());
      return 0;
    case 'scenario':
      return scenarioCommand(rest, untilInterrupted());
    case 'reliability':
      return reliabilityCommand(rest, untilInterrupted());
    default:
      process.stderr.write(USAGE);
      return 2;
  }
}

function untilInterrupted(): AbortSignal {
  const interrupt = new AbortController();
  const abort = (): void => interrupt.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  return interrupt.signal;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ScenarioError || error instanceof RoomError ? 2 : 1;
}
