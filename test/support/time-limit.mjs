import { jest } from '@jest/globals';

// A busy machine is slow, and so are real services; waits inside the tests have bounds of their own.
jest.setTimeout(60_000);
