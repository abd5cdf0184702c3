/**
 * A controller of its own, to be killed: applies the rendering in a file, says what came of it, and stays.
 * Usage: dataplane-controller.ts STATE RENDERING.json
 */
import { readFile } from 'node:fs/promises';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import type { Rendering } from '../../src/ir/rendering.ts';
import { openDataPlane, Reconciler } from './dataplane-rig.ts';

const [state = '', file = ''] = process.argv.slice(2);
const rendering = JSON.parse(await readFile(file, 'utf8')) as Rendering;
const reconciler = new Reconciler(await openDataPlane(state), systemClock);
console.log(JSON.stringify(await reconciler.apply(rendering)));
setInterval(() => undefined, 60_000);
