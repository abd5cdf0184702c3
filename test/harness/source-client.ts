import { request } from 'node:http';

/** One request from a source address, on a connection of its own, to port 80. @returns the body of the answer */
export function askFrom(localAddress: string, at: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const question = request({ host: at, port: 80, localAddress, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.once('end', () => resolve(body));
    });
    question.once('error', reject);
    question.end();
  });
}
