import { LEGACY_NAME, type Locator, scanCcxLocator, scanLocator } from './locator-scanner.js';

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
  const colon = text.indexOf(':');
  if (colon < 0) return legacyCourse(text);
  switch (text.slice(0, colon)) {
    case 'course-v1':
    case 'slashes':
      return courseOf('course', scanLocator(text, colon + 1));
    case 'library-v1':
      return courseOf('library', scanLocator(text, colon + 1));
    case 'ccx-v1':
      return courseOf('ccx', scanCcxLocator(text, colon + 1));
    default:
      return undefined;
  }
}

/** What `CCXLocator.from_string` reads: `ccx-v1:` keys only. */
export function ccxKeyParts(text: string): CourseKeyParts | undefined {
  return text.startsWith('ccx-v1:') ? courseKeyParts(text) : undefined;
}

/** The course that a locator names; undefined where it names none: neither by its words nor by its version. */
export function courseOf(
  form: 'course' | 'library' | 'ccx',
  locator: Locator | undefined,
): CourseKeyParts | undefined {
  if (!locator) return undefined;
  const { org = null, course = null, branch = null, version = null, ccx = null } = locator;
  const named = course !== null && (form === 'library' || locator.run !== undefined);
  if (!named && version === null) return undefined;
  const run = form === 'library' && named ? 'library' : (locator.run ?? null);
  return { form, org, course, run, branch, version, ccx };
}

/** `ORG/COURSE/RUN`; the run may be empty. */
function legacyCourse(text: string): CourseKeyParts | undefined {
  const orgEnd = LEGACY_NAME.endOfRun(text, 0);
  if (orgEnd === 0 || text[orgEnd] !== '/') return undefined;
  const courseEnd = LEGACY_NAME.endOfRun(text, orgEnd + 1);
  if (courseEnd === orgEnd + 1 || text[courseEnd] !== '/') return undefined;
  if (LEGACY_NAME.endOfRun(text, courseEnd + 1) !== text.length) return undefined;
  return {
    form: 'legacy',
    org: text.slice(0, orgEnd),
    course: text.slice(orgEnd + 1, courseEnd),
    run: text.slice(courseEnd + 1),
    branch: null,
    version: null,
    ccx: null,
  };
}
