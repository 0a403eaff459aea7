import {
  matchCcxLocator,
  matchLegacyCourse,
  matchLocator,
  type LocatorMatch,
} from './locator-patterns.js';

/** The parts of a course key. A key may name a version alone: org, course and run are then null. */
export interface CourseKeyParts {
  /** `library`: a legacy library, whose `course` is the library and whose `run` is "library". */
  readonly form: 'course' | 'library' | 'ccx' | 'legacy';
  readonly org: string | null;
  readonly course: string | null;
  /** Empty in a legacy key without a run. */
  readonly run: string | null;
  readonly branch: string | null;
  /** 24 hexadecimal digits. */
  readonly version: string | null;
  /** The number of a custom course (CCX), as written. */
  readonly ccx: string | null;
}

/** What `CourseKey.from_string` reads; undefined where it raises InvalidKeyError. */
export function courseKeyParts(text: string): CourseKeyParts | undefined {
  return namespacedCourse(text) ?? legacyCourse(text);
}

/** What `CCXLocator.from_string` reads: `ccx-v1:` keys only. */
export function ccxKeyParts(text: string): CourseKeyParts | undefined {
  return text.startsWith('ccx-v1:') ? courseOf('ccx', text.slice(7)) : undefined;
}

/** `locator` is a key without its namespace. */
export function courseOf(
  form: 'course' | 'library' | 'ccx',
  locator: string,
): CourseKeyParts | undefined {
  const found = form === 'ccx' ? matchCcxLocator(locator) : matchLocator(locator);
  if (!found) return undefined;
  const named = found.course !== undefined && (form === 'library' || found.run !== undefined);
  if (!named && found.version === undefined) return undefined;
  return parts(form, found, form === 'library' && named ? 'library' : found.run);
}

function namespacedCourse(text: string): CourseKeyParts | undefined {
  const colon = text.indexOf(':');
  const locator = text.slice(colon + 1);
  switch (text.slice(0, Math.max(colon, 0))) {
    case 'course-v1':
    case 'slashes':
      return courseOf('course', locator);
    case 'library-v1':
      return courseOf('library', locator);
    case 'ccx-v1':
      return courseOf('ccx', locator);
    default:
      return undefined;
  }
}

function legacyCourse(text: string): CourseKeyParts | undefined {
  const found = matchLegacyCourse(text);
  return found && parts('legacy', found, found.run);
}

function parts(
  form: CourseKeyParts['form'],
  found: LocatorMatch,
  run: string | undefined,
): CourseKeyParts {
  return {
    form,
    org: found.org ?? null,
    course: found.course ?? null,
    run: run ?? null,
    branch: found.branch ?? null,
    version: found.version ?? null,
    ccx: found.ccx ?? null,
  };
}
