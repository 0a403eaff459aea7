import { ConfigurationError, MissingPeerError } from './configuration.errors.js';

/** What Node says of code that is not there, cannot be loaded or is forbidden, and of memory that is not there. */
const CODES: readonly unknown[] = [
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_DLOPEN_FAILED',
  'ERR_ACCESS_DENIED',
  'ERR_MEMORY_ALLOCATION_FAILED',
];
const MOST_CAUSES = 8;

/**
 * Whether an error, or one that it was caused by, is about this process (a package that cannot be loaded, code that
 * a policy forbids, no memory) and so says nothing of the record at which it was met.
 */
export function isDeploymentFault(error: unknown): boolean {
  let one = error;
  for (let causes = 0; causes < MOST_CAUSES && typeof one === 'object' && one !== null; causes++) {
    const { name, code, message, cause } = one as Partial<Error> & { readonly code?: unknown };
    if (one instanceof MissingPeerError || one instanceof ConfigurationError) return true;
    if (name === 'EvalError' || CODES.includes(code)) return true;
    if (name === 'RangeError' && message === 'Array buffer allocation failed') return true;
    one = cause;
  }
  return false;
}
