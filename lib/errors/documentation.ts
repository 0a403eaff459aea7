/** The address under which the pages of `docs` are published, without a slash at its end; '' while they are not. */
export const DOCUMENTATION_URL: string = '';

/** ` (see <address of the page>)`, for the end of a message; '' while the documentation is not published. */
export function seePage(page: string): string {
  return DOCUMENTATION_URL && ` (see ${DOCUMENTATION_URL}/${page})`;
}
