import { jest } from '@jest/globals';

// Real services are slower on a busy machine; waits inside the tests have bounds of their own.
jest.setTimeout(60_000);
