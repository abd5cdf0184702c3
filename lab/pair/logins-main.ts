/** People who sign in from the clients' machine: told by messages when to begin and when to go on. */
import { Login, type LoginTarget } from './login.ts';

export type LoginOrder =
  | { readonly do: 'begin'; readonly target: LoginTarget; readonly count: number }
  | { readonly do: 'end' };

/** What became of them. */
export type LoginReport =
  | { readonly done: 'begun' }
  | { readonly done: 'ended'; readonly redeemed: number; readonly failed: readonly string[] };

/** Some have their code, some are shown where to sign in. */
let logins: Login[] = [];

async function begin(target: LoginTarget, count: number): Promise<LoginReport> {
  logins = Array.from({ length: count }, () => new Login(target));
  for (const [index, login] of logins.entries()) {
    await login.begin();
    if (index % 2 === 0) await login.finish();
  }
  return { done: 'begun' };
}

async function end(): Promise<LoginReport> {
  const failed: string[] = [];
  let redeemed = 0;
  for (const login of logins) {
    try {
      await login.finish();
      if (await login.redeem()) redeemed += 1;
      else failed.push('the code was refused');
    } catch (error) {
      failed.push(String(error));
    }
  }
  return { done: 'ended', redeemed, failed };
}

process.on('message', (order: LoginOrder) => {
  const done = order.do === 'begin' ? begin(order.target, order.count) : end();
  done.then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit(0));
