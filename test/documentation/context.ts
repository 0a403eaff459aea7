// What snippets take from the reader's own application. Names of the package and of Nest are not among them: a snippet,
// or one above it on its page, imports those.
import type { INestApplication, Type } from '@nestjs/common';
import type { CertificateDataInput } from 'nestjs-openedx-event-bus/events';

/** The reader's root module, and an application made of it. */
export declare const AppModule: Type<object>;
export declare const app: INestApplication;

/** Data of an event. */
export declare const certificate: CertificateDataInput;

/** Addresses and secrets. */
export declare const url: string;
export declare const username: string;
export declare const password: string;
export declare const ca: string;
export declare const cert: string;
export declare const key: string;
export declare const tokens: { current(): Promise<string> };
export declare const vault: { current(): Promise<{ username: string; password: string }> };
export declare const myFetch: typeof fetch;
