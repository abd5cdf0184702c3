import { block, endHeaders, endStream, frame, frameTypes, preface, settings } from './frames.ts';
import { hostname } from './http1-case.ts';

/** Bytes on an HTTP/2 connection, its preface included. */
export interface Http2Case {
  readonly name: string;
  readonly bytes: Buffer;
}

export type Field = readonly [name: string, value: string];

export const pseudo = (path = '/case', method = 'GET'): Field[] => [
  [':method', method],
  [':scheme', 'https'],
  [':authority', hostname],
  [':path', path],
];

export const begin = Buffer.concat([preface, settings()]);

export function headers(stream: number, fields: readonly Field[], flags = endStream | endHeaders): Buffer {
  return frame(frameTypes.headers, flags, stream, block(fields));
}

export const data = (stream: number, text: string, flags = endStream): Buffer =>
  frame(frameTypes.data, flags, stream, text);

export const open = (name: string, ...frames: readonly Buffer[]): Http2Case => ({
  name,
  bytes: Buffer.concat([begin, ...frames]),
});
