/** Without the environment prefix: the bus adds it. */
export const ENROLMENT_TOPIC = 'course-enrollments';
